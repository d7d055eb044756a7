// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Pull, push, login and distribution by docker's own client and by docker-py, with Debian's registry beside the daemon.

import Foundation
import Testing
import WharfJSON
import WharfTestKit

extension Integration {
    @Suite("Image registry API", .containers, .daemon, .enabled(if: DebianRegistry.isHere, "no docker-registry on PATH"))
    struct ImageRegistryAPITests {
        let daemon: DaemonFixture
        var api: UnixHTTP { daemon.api }

        init() throws { daemon = try theDaemon() }

        @Test("docker pushes, and pulls back the same")
        func roundTrip() async throws {
            try await DebianRegistry.with(daemon, port: 5001) { registry in
                let name = "\(registry.address)/round"
                try await daemon.docker("tag", "busybox", "\(name):1")
                let id = try await daemon.docker("image", "inspect", "-f", "{{.Id}}", "\(name):1").out
                let push = try await daemon.docker("push", "\(name):1")
                #expect(push.lines.first == "The push refers to repository [\(name)]", "\(push)")
                #expect(push.lines.contains { $0.hasSuffix(": Pushed") }, "\(push)")
                let last = try #require(push.lines.last)
                let digest = try #require(last.split(separator: " ").first { $0.hasPrefix("sha256:") }.map(String.init))
                #expect(last.hasPrefix("1: digest: \(digest) size: "), "\(push)")
                #expect(try await daemon.docker("push", "\(name):1").lines.contains { $0.hasSuffix(": Layer already exists") })
                #expect(
                    try await daemon.docker("image", "inspect", "-f", "{{json .RepoDigests}}", "\(name):1").out == "[\"\(name)@\(digest)\"]"
                )

                let same = try await daemon.docker("pull", "\(name):1")
                #expect(same.lines.contains("Status: Image is up to date for \(name):1"), "\(same)")
                try await daemon.docker("rmi", "\(name):1")
                let pull = try await daemon.docker("pull", "\(name):1")
                #expect(pull.lines.first == "1: Pulling from round", "\(pull)")
                #expect(pull.lines.contains("Digest: \(digest)") && pull.lines.last == "\(name):1", "\(pull)")
                #expect(pull.lines.contains("Status: Downloaded newer image for \(name):1"), "\(pull)")
                #expect(try await daemon.docker("image", "inspect", "-f", "{{.Id}}", "\(name):1").out == id)

                try await daemon.docker("rmi", "\(name):1")
                try await daemon.docker("pull", "\(name)@\(digest)")
                #expect(try await daemon.docker("image", "inspect", "-f", "{{.Id}}", "\(name)@\(digest)").out == id)
                #expect(try await daemon.docker("images", "--format", "{{.Tag}}", name).lines.allSatisfy { $0 == "<none>" })
                try await daemon.docker("rmi", "\(name)@\(digest)")
            }
        }

        @Test("a layer that has to come is drawn step by step")
        func layers() async throws {
            try await DebianRegistry.with(daemon, port: 5002) { registry in
                let name = "\(registry.address)/drawn"
                let noise = (0..<3_000).map { _ in String(UInt64.random(in: 0 ... .max), radix: 36) }.joined(separator: "\n")
                try await daemon.load(BusyboxImage(name: "\(name):1", files: [.init("etc/noise", noise)]))
                try await daemon.docker("push", "-q", "\(name):1")
                try await daemon.docker("rmi", "\(name):1")
                let stream = try await api.send("POST", "/v1.44/images/create?fromImage=\(name)&tag=1")
                #expect(stream.status == 200, "\(stream.text)")
                let lines = try stream.text.split(separator: "\n").map { try JSON.parse(Array($0.utf8)) }
                for line in lines {
                    let mistakes = EngineDescription.images.mistakes(
                        in: line, type: "CreateImageInfo", known: ["CreateImageInfo.progress", "CreateImageInfo.error"])
                    #expect(mistakes == [], "\(line)")
                }
                let words = lines.compactMap { $0["status"]?.string }
                #expect(words.first == "Pulling from drawn" && lines.first?["id"]?.string == "1")
                let layer = try #require(lines.first { $0["status"]?.string == "Pulling fs layer" }?["id"]?.string)
                #expect(layer.utf8.count == 12)
                let steps = lines.filter { $0["id"]?.string == layer }.compactMap { $0["status"]?.string }
                #expect(steps.first == "Pulling fs layer" && steps.last == "Pull complete", "\(steps)")
                #expect(steps.contains("Download complete"), "\(steps)")
                let number = lines.first { $0["status"]?.string == "Downloading" || $0["status"]?.string == "Extracting" }
                #expect((number?["progressDetail"]?["total"]?.int ?? 0) > 0 && number?["progress"]?.string?.hasPrefix("[") == true)
                #expect(words.last == "Status: Downloaded newer image for \(name):1")
                let events = try await daemon.imageEvents("\(name):1").map { $0["Action"]?.string ?? "" }
                #expect(events.contains("push") && events.contains("pull"), "\(events)")
            }
        }

        @Test("all tags are pushed and pulled")
        func allTags() async throws {
            try await DebianRegistry.with(daemon, port: 5003) { registry in
                let name = "\(registry.address)/many"
                for tag in ["1", "2"] { try await daemon.docker("tag", "busybox", "\(name):\(tag)") }
                try await daemon.docker("push", "-q", "-a", name)
                try await daemon.docker("rmi", "\(name):1", "\(name):2")
                let pull = try await daemon.docker("pull", "-a", name)
                #expect(pull.lines.contains("1: Pulling from many") && pull.lines.contains("2: Pulling from many"), "\(pull)")
                #expect(try await daemon.docker("images", "--format", "{{.Tag}}", name).lines.sorted() == ["1", "2"])
            }
        }

        @Test("what a registry does not have is a status, and says so as docker does")
        func missing() async throws {
            try await DebianRegistry.with(daemon, port: 5004) { registry in
                let tag = try await api.send("POST", "/images/create?fromImage=\(registry.address)/none&tag=1")
                #expect(tag.status == 404 && tag.message.contains("manifest unknown"), "\(tag.status) \(tag.text)")
                let remote = try await api.send("GET", "/distribution/\(registry.address)/none/json")
                #expect(remote.status == 404 || remote.status == 401, "\(remote.status) \(remote.text)")
                let run = try await daemon.run(.docker, ["run", "--rm", "--pull", "always", "\(registry.address)/none:1", "true"])
                #expect(run.exitCode == 125 && run.err.contains("manifest unknown"), "\(run)")
            }
        }

        @Test("distribution tells what a name means without pulling it")
        func distribution() async throws {
            try await DebianRegistry.with(daemon, port: 5005) { registry in
                let name = "\(registry.address)/told"
                try await daemon.docker("tag", "busybox", "\(name):1")
                try await daemon.docker("push", "-q", "\(name):1")
                let reply = try await api.send("GET", "/distribution/\(name):1/json")
                #expect(reply.status == 200, "\(reply.text)")
                let value = try reply.json()
                #expect(EngineDescription.images.mistakes(in: value, of: "GET /distribution/{name}/json 200") == [], "\(reply.text)")
                #expect(value["Platforms"]?[0]?["architecture"]?.string == BusyboxImage.architecture)
                let digests = try await daemon.docker("image", "inspect", "-f", "{{join .RepoDigests \" \"}}", "\(name):1").out
                #expect(digests.contains("\(name)@\(value["Descriptor"]?["digest"]?.string ?? "none")"), "\(digests)")
            }
        }

        @Test("a missing image is pulled by run and create")
        func implicitPull() async throws {
            try await DebianRegistry.with(daemon, port: 5006) { registry in
                let name = "\(registry.address)/implicit:1"
                try await daemon.docker("tag", "busybox", name)
                try await daemon.docker("push", "-q", name)
                try await daemon.docker("rmi", name)
                let refused = try await api.send("POST", "/containers/create", json: #"{"Image":"\#(name)"}"#)
                #expect(refused.status == 404 && refused.message == "No such image: \(name)")
                let run = try await daemon.docker("run", "--rm", "--network", "none", name, "echo", "pulled")
                #expect(run.out == "pulled" && run.err.contains("Unable to find image '\(name)' locally"), "\(run)")
                let never = try await daemon.run(.docker, ["run", "--rm", "--pull", "never", "\(registry.address)/other:1"])
                #expect(never.exitCode == 125 && never.err.contains("No such image"), "\(never)")
            }
        }

        @Test("a registry with users takes them by login and refuses others")
        func login() async throws {
            try await DebianRegistry.with(daemon, port: 5007, needsLogin: true) { registry in
                let name = "\(registry.address)/guarded:1"
                try await daemon.docker("tag", "busybox", name)
                let refused = try await daemon.run(.docker, ["push", name])
                #expect(refused.exitCode == 1 && refused.err.contains("no basic auth credentials"), "\(refused)")
                let wrong = try await daemon.run(.docker, ["login", "-u", "u", "-p", "wrong", registry.address])
                #expect(wrong.exitCode == 1, "\(wrong)")
                let bad = try await api.send(
                    "POST", "/auth", json: #"{"username":"u","password":"wrong","serveraddress":"\#(registry.address)"}"#)
                #expect(bad.status == 401 && !bad.message.contains("wrong"), "\(bad.status) \(bad.text)")
                let right = try await api.send(
                    "POST", "/auth", json: #"{"username":"u","password":"p","serveraddress":"\#(registry.address)"}"#)
                #expect(right.status == 200)
                #expect(EngineDescription.images.mistakes(in: try right.json(), of: "POST /auth 200") == [])
                let login = try await daemon.run(
                    .docker, ["login", "-u", "u", "--password-stdin", registry.address], stdin: Array("p".utf8))
                #expect(login.exitCode == 0 && login.out.contains("Login Succeeded"), "\(login)")
                try await daemon.docker("push", "-q", name)
                try await daemon.docker("rmi", name)
                #expect(try await daemon.docker("pull", "-q", name).out == name)
                try await daemon.docker("logout", registry.address)
                let out = try await daemon.run(.docker, ["pull", name])
                #expect(out.exitCode == 1 && out.err.contains("no basic auth credentials"), "\(out)")
            }
        }

        @Test("docker-py drives images", .enabled(if: DockerPy.program != nil, "no python with docker-py"))
        func dockerPy() async throws {
            let python = try #require(DockerPy.program)
            try await DebianRegistry.with(daemon, port: 5008) { registry in
                let result = try await CommandLine.run(
                    python, ["-c", DockerPy.script, "unix://\(daemon.socket)", "\(registry.address)/py"], deadline: .seconds(120))
                #expect(result.exitCode == 0 && result.lines.last == "all done", "\(result)")
            }
        }
    }
}

/// docker-py, where there is one.
enum DockerPy {
    /// A python that has it.
    static let program: String? = ["/usr/bin/python3", "/usr/local/bin/python3", "/root/.pyenv/shims/python3"].first { path in
        guard FileManager.default.isExecutableFile(atPath: path) else { return false }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = ["-c", "import docker"]
        process.standardError = FileHandle.nullDevice
        // Not started: then it is none.
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    static let script = """
        import sys, io, docker
        from docker.errors import ImageNotFound, NotFound, APIError
        client = docker.DockerClient(base_url=sys.argv[1], version="auto")
        name = sys.argv[2]
        image = client.images.get("busybox")
        assert image.attrs["RootFS"]["Layers"], image.attrs
        assert image.tag(name, "1")
        lines = list(client.api.push(name, tag="1", stream=True, decode=True))
        assert not [l for l in lines if "error" in l], lines
        aux = [l["aux"] for l in lines if "aux" in l]
        assert aux and aux[0]["Tag"] == "1" and aux[0]["Digest"].startswith("sha256:") and aux[0]["Size"] > 0, lines
        client.images.remove(name + ":1")
        pulled = client.images.pull(name, tag="1")
        assert pulled.id == image.id, pulled
        assert name + ":1" in pulled.tags
        data = client.images.get_registry_data(name + ":1")
        assert data.id == aux[0]["Digest"] and data.has_platform(image.attrs["Os"] + "/" + image.attrs["Architecture"]), data.attrs
        for broken in ("none", name + "x"):
            try:
                client.images.get(broken)
                raise SystemExit("no error for " + broken)
            except ImageNotFound:
                pass
        try:
            client.images.pull(name, tag="none")
            raise SystemExit("no error for a missing tag")
        except NotFound:
            pass
        assert [h for h in pulled.history() if h["Id"] == image.id]
        archive = b"".join(pulled.save(named=True))
        assert client.images.load(archive)[0].id == image.id
        container = client.containers.create("busybox", ["true"])
        made = container.commit(repository="py-made", tag="1", changes="ENV A=b")
        assert "A=b" in made.attrs["Config"]["Env"], made.attrs
        container.remove()
        assert client.images.list(filters={"reference": "py-made"})[0].id == made.id
        client.images.remove("py-made:1", force=True)
        assert client.images.prune(filters={"dangling": True})["SpaceReclaimed"] >= 0
        usage = client.df()
        assert usage.get("ImageUsage") or usage.get("Images"), usage
        print("all done")
        """
}

extension DaemonFixture {
    /// The events about an image of this name so far, oldest first.
    func imageEvents(_ name: String) async throws -> [JSONValue] {
        let reply = try await api.send("GET", "/events?since=1&until=\(Timestamp.now().seconds + 1)")
        guard reply.status == 200 else { throw TestFailure("events: \(reply.status) \(reply.text)") }
        return try reply.text.split(separator: "\n").map { try JSON.parse(Array($0.utf8)) }.filter {
            $0["Type"]?.string == "image" && $0["Actor"]?["ID"]?.string == name
        }
    }
}
