// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Images by the bare API: every answer is what the description of the Engine API says, old versions get their shapes, and
// what can be refused at once is refused with a status.

import Testing
import WharfJSON
import WharfTestKit

extension Integration {
    @Suite("Image API", .containers, .daemon, .enabled(if: Programs.reference == nil))
    struct ImageAPITests {
        let daemon: DaemonFixture
        var api: UnixHTTP { daemon.api }

        init() throws { daemon = try theDaemon() }

        /// What we send beside the description: what docker-compose 1 reads, and what images of old builders have.
        private static let known: Set<String> = [
            "ImageInspect.ContainerConfig", "ImageInspect.Parent", "ImageInspect.DockerVersion",
            "ImageManifestSummaryImageData.UnpackedSize",
        ]

        private func answer(
            _ method: String, _ target: String, _ name: String, status: Int = 200, json: String? = nil
        ) async throws
            -> JSONValue
        {
            let reply = try await api.send(method, target, body: json.map { Array($0.utf8) })
            guard reply.status == status else { throw TestFailure("\(method) \(target): \(reply.status) \(reply.text)") }
            let value = try reply.json()
            #expect(EngineDescription.images.mistakes(in: value, of: "\(name) \(status)", known: Self.known) == [], "\(reply.text)")
            return value
        }

        @Test("every answer is what the description says")
        func description() async throws {
            let config = [
                #""Labels":{"a":"b"}"#, #""ExposedPorts":{"80/tcp":{}}"#, #""Volumes":{"/data":{}}"#, #""StopSignal":"SIGUSR1""#,
                #""Healthcheck":{"Test":["CMD","true"],"Interval":1000000000}"#,
            ]
            try await daemon.load(BusyboxImage(name: "described:1", config: config))
            let container = try await daemon.create()
            let list = try await answer("GET", "/images/json?shared-size=1&manifests=1", "GET /images/json")
            let one = try #require(list.array?.first { $0["RepoTags"]?[0]?.string == "described:1" })
            #expect(one["Labels"]?["a"]?.string == "b" && one["Manifests"]?[0]?["Available"]?.bool == true)
            let used = try #require(list.array?.first { $0["RepoTags"]?.array?.contains(.string("busybox:latest")) == true })
            #expect((used["Containers"]?.int ?? 0) >= 1)
            let inspect = try await answer("GET", "/images/described:1/json", "GET /images/{name}/json")
            #expect(inspect["Config"]?["Volumes"]?["/data"] != nil && inspect["ContainerConfig"]?.object != nil)
            _ = try await answer("GET", "/images/described:1/json?manifests=1", "GET /images/{name}/json")
            let history = try await answer("GET", "/images/described:1/history", "GET /images/{name}/history")
            #expect(history[0]?["CreatedBy"]?.string == "a fixture" && history[0]?["Tags"] == .array([.string("described:1")]))
            let usage = try await answer("GET", "/system/df?verbose=1", "GET /system/df")
            #expect((usage["ImageUsage"]?["TotalSize"]?.int ?? 0) > 0 && (usage["ContainerUsage"]?["TotalCount"]?.int ?? 0) >= 1)
            _ = try await answer("GET", "/system/df", "GET /system/df")
            let made = try await answer("POST", "/commit?container=\(container)&repo=made&tag=1", "POST /commit", status: 201)
            let committed = try #require(made["Id"]?.string)
            _ = try await answer("GET", "/images/made:1/json", "GET /images/{name}/json")
            #expect(try await api.send("POST", "/images/made:1/tag?repo=other&tag=2").status == 201)
            let untagged = try await answer("DELETE", "/images/other:2", "DELETE /images/{name}")
            #expect(untagged.array?.count == 1 && untagged[0]?["Untagged"]?.string == "other:2")
            _ = try await answer("DELETE", "/images/\(committed)?force=1", "DELETE /images/{name}")
            _ = try await answer("POST", "/images/prune", "POST /images/prune")
            _ = try await api.send("DELETE", "/containers/\(container)")
        }

        @Test("old versions get the shapes that they had")
        func shapes() async throws {
            func inspect(_ version: String) async throws -> JSONValue {
                try await api.send("GET", "/v\(version)/images/busybox/json").json()
            }
            let oldest = try await inspect("1.24")
            #expect(oldest["VirtualSize"]?.int == oldest["Size"]?.int && oldest["Container"]?.string == "")
            #expect(oldest["Config"]?["Hostname"]?.string == "" && oldest["Descriptor"] == nil)
            let later = try await inspect("1.48")
            #expect(later["VirtualSize"] == nil && later["Container"] == nil && later["Descriptor"]?["digest"] != nil)
            #expect(later["Parent"]?.string == "" && later["Config"]?["Tty"]?.bool == false)
            let newest = try await inspect("1.56")
            #expect(newest["Parent"] == nil && newest["Config"]?["Tty"] == nil && newest["Config"]?["Cmd"]?[0]?.string == "sh")
            for version in ["1.24", "1.41", "1.56"] { #expect(try await inspect(version)["ContainerConfig"]?.object != nil, "\(version)") }
            let old = try await api.send("GET", "/v1.41/system/df").json()
            #expect((old["LayersSize"]?.int ?? 0) > 0 && old["Images"]?.array != nil && old["ImageUsage"] == nil)
            #expect(try await api.send("GET", "/v1.53/system/df").json()["LayersSize"] == nil)
        }

        @Test(
            "what can be refused at once is a status",
            arguments: [
                ("POST", "/images/create?fromImage=UPPER&tag=1", 400, "must be lowercase"),
                ("POST", "/images/create?fromImage=x&tag=a%20b", 400, "invalid tag format"),
                ("POST", "/images/create?fromImage=x&tag=1&platform=a/b/c/d", 400, "invalid platform"),
                ("POST", "/images/create?fromImage=scratch&tag=latest", 403, "'scratch' is a reserved name"),
                ("POST", "/images/create", 400, "neither fromImage nor fromSrc"),
                ("POST", "/images/create?fromSrc=-&changes=RUN+x", 400, "RUN is not a valid change command"),
                ("POST", "/images/create?fromSrc=-&repo=UPPER", 400, "must be lowercase"),
                ("POST", "/images/none/push?tag=1", 404, "An image does not exist locally with the tag: none:1"),
                ("POST", "/images/none/push", 404, "An image does not exist locally with the tag: none"),
                ("GET", "/images/none/get", 404, "No such image: none:latest"),
                ("GET", "/images/get?names=busybox&names=none", 404, "No such image: none:latest"),
                ("GET", "/images/none/history", 404, "No such image: none:latest"),
                ("POST", "/images/none/tag?repo=x", 404, "No such image: none:latest"),
                ("DELETE", "/images/none", 404, "No such image: none:latest"),
                ("POST", "/commit?container=none", 404, "No such container: none"),
                ("GET", "/images/search?term=x&limit=1000", 400, "outside the range of [1, 100]"),
                ("GET", "/images/busybox/attestations", 501, "not supported"),
            ])
        func refusals(_ method: String, _ target: String, _ status: Int, _ text: String) async throws {
            let reply = try await api.send(method, target)
            #expect(reply.status == status, "\(reply.text)")
            #expect(reply.message.contains(text), "\(reply.text)")
            #expect(EngineDescription.images.mistakes(in: try reply.json(), type: "ErrorResponse") == [])
        }

        @Test("a broken archive to import is a status, and one to load is told in the stream")
        func brokenArchives() async throws {
            let garbage = [UInt8](repeating: 7, count: 4000)
            let imported = try await api.send("POST", "/images/create?fromSrc=-&repo=x", body: garbage)
            #expect(imported.status == 400 && !imported.message.isEmpty, "\(imported.text)")
            let loaded = try await api.send("POST", "/images/load", body: garbage)
            #expect(loaded.status == 200 && loaded.text.contains("errorDetail"), "\(loaded.text)")
        }

        @Test("a registry that can't be reached is an error with its name, before the first line")
        func noRegistry() async throws {
            let pull = try await api.send("POST", "/images/create?fromImage=127.0.0.1:1/x&tag=1")
            #expect(pull.status >= 400 && pull.message.contains("127.0.0.1:1"), "\(pull.status) \(pull.text)")
            let remote = try await api.send("GET", "/distribution/127.0.0.1:1/x/json")
            #expect(remote.status >= 400 && remote.message.contains("127.0.0.1:1"), "\(remote.status) \(remote.text)")
            let login = try await api.send("POST", "/auth", json: #"{"username":"u","password":"p","serveraddress":"127.0.0.1:1"}"#)
            #expect(login.status >= 400 && !login.message.contains("\"p\""), "\(login.status) \(login.text)")
        }

        @Test("a container's changes become an image, whether it runs or not")
        func commit() async throws {
            let script = "echo new > /etc/new; rm /etc/group; mkdir -p /a/b; echo deep > /a/b/c; ln -s c /a/b/l; chmod 600 /etc/new"
            let running = try await daemon.runBeside(.docker, "committed", [], "\(script); echo done; exec sleep 1000")
            try await eventually("the script is done") { try await daemon.docker("logs", running).out == "done" }
            let check = "cat /etc/new /a/b/l; ls /etc/group; stat -c %a /etc/new"
            for (name, pause) in [("live:1", "true"), ("live:2", "false")] {
                let reply = try await api.send(
                    "POST", "/commit?container=\(running)&repo=live&tag=\(name.suffix(1))&pause=\(pause)&author=A&comment=why")
                #expect(reply.status == 201, "\(reply.text)")
                let result = try await daemon.run(.docker, ["run", "--rm", "--network", "none", name, "sh", "-c", check])
                #expect(result.lines == ["new", "deep", "600"] && result.err.contains("/etc/group"), "\(result)")
            }
            #expect(try await daemon.state(running, "Paused")?.bool == false)
            let inspect = try await api.send("GET", "/images/live:1/json").json()
            #expect(inspect["Author"]?.string == "A" && inspect["Comment"]?.string == "why")
            #expect(inspect["RootFS"]?["Layers"]?.array?.count == 2)
            let history = try await api.send("GET", "/images/live:1/history").json()
            #expect(history[0]?["Comment"]?.string == "why" && (history[0]?["Size"]?.int ?? 0) > 0)
            try await daemon.docker("kill", running)
            try await daemon.docker("commit", "-c", "ENV A=1", "-c", "CMD [\"sh\",\"-c\",\"echo $A; cat /etc/new\"]", running, "dead:1")
            try await daemon.docker("rm", running)
            #expect(try await daemon.docker("run", "--rm", "--network", "none", "dead:1").lines == ["1", "new"])
            let events = try await daemon.events(of: running).map { $0["Action"]?.string ?? "" }
            #expect(events.count { $0 == "commit" } == 3 && events.count { $0 == "pause" } == 1, "\(events)")
        }

        @Test("a container that never ran can be committed")
        func commitCreated() async throws {
            let id = try await daemon.create(#""Cmd":["echo","made"],"Env":["X=y"]"#)
            try await daemon.docker("commit", id, "created:1")
            #expect(try await daemon.docker("run", "--rm", "--network", "none", "created:1").out == "made")
            #expect(try await api.send("GET", "/images/created:1/json").json()["Config"]?["Env"]?.array?.contains(.string("X=y")) == true)
            _ = try await api.send("DELETE", "/containers/\(id)")
        }

        @Test("what is saved can be loaded again and is the same", arguments: Client.tested)
        func saveAndLoad(client: Client) async throws {
            let name = "saved-\(client)"
            try await daemon.load(BusyboxImage(name: "\(name):1", files: [.init("etc/saved", "\(client)\n")]))
            try await daemon.docker("tag", "\(name):1", "\(name):2")
            let before = try await api.send("GET", "/images/\(name):1/json").json()
            let archive = try await api.send("GET", "/images/get?names=\(name):1&names=\(name):2")
            #expect(archive.status == 200 && archive.headers["content-type"] == "application/x-tar")
            let folder = try TemporaryDirectory("save")
            let path = try folder.write("image.tar", archive.body)
            let members = try await CommandLine.run("tar", ["-tf", path]).expecting().lines
            for member in ["manifest.json", "index.json", "oci-layout"] { #expect(members.contains(member), "\(members)") }
            try await daemon.run(client, ["rmi", "\(name):1", "\(name):2"]).expecting()
            let loaded = try await daemon.run(client, ["load", "-i", path]).expecting()
            #expect(loaded.out.contains("Loaded image: \(name):1") && loaded.out.contains("Loaded image: \(name):2"))
            let after = try await api.send("GET", "/images/\(name):2/json").json()
            #expect(after["Id"] == before["Id"] && after["RootFS"] == before["RootFS"] && after["Descriptor"] == before["Descriptor"])
        }

        @Test("prune takes what nothing uses")
        func prune() async throws {
            try await daemon.load(BusyboxImage(name: "pruned:1", config: [#""Labels":{"prune":"me"}"#], files: [.init("etc/p", "1\n")]))
            try await daemon.load(BusyboxImage(name: nil, config: [#""Labels":{"prune":"me"}"#], files: [.init("etc/p", "2\n")]))
            func prune(_ filters: String) async throws -> [JSONValue] {
                try await api.send("POST", "/images/prune?filters=\(filters)").json()["ImagesDeleted"]?.array ?? []
            }
            // {"label":["prune=me"],"until":["2020-01-01"]}, then without until, then with dangling=false.
            #expect(try await prune("%7B%22label%22%3A%5B%22prune%3Dme%22%5D%2C%22until%22%3A%5B%222020-01-01%22%5D%7D").isEmpty)
            let dangling = try await prune("%7B%22label%22%3A%5B%22prune%3Dme%22%5D%7D")
            #expect(dangling.count == 2 && dangling.allSatisfy { $0["Deleted"] != nil }, "\(dangling)")
            let all = try await prune("%7B%22label%22%3A%5B%22prune%3Dme%22%5D%2C%22dangling%22%3A%5B%22false%22%5D%7D")
            #expect(all.first?["Untagged"]?.string == "pruned:1", "\(all)")
            #expect(try await api.send("GET", "/images/pruned:1/json").status == 404)
        }
    }
}
