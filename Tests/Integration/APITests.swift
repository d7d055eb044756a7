// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The Engine API without a client: versions, headers, errors, and the JSON that Go's decoder would take.

import Testing
import WharfJSON
import WharfTestKit

extension Integration {
    @Suite("API", .containers, .daemon)
    struct APITests {
        let daemon: DaemonFixture
        var api: UnixHTTP { daemon.api }

        init() throws { daemon = try theDaemon() }

        @Test("_ping says which API it speaks, also to HEAD")
        func ping() async throws {
            let ping = try await api.send("GET", "/_ping")
            #expect(ping.text == "OK")
            #expect(ping.headers["ostype"] == "linux")
            #expect(ping.headers["api-version"]?.hasPrefix("1.") == true)
            #expect(ping.headers["docker-experimental"] == "false")
            let head = try await api.send("HEAD", "/_ping")
            #expect(head.status == 200)
            #expect(head.body.isEmpty)
            #expect(head.headers["api-version"] == ping.headers["api-version"])
        }

        @Test("version and info")
        func version() async throws {
            let version = try await api.send("GET", "/version").json()
            #expect(version["Os"]?.string == "linux")
            #expect(version["Arch"]?.string == BusyboxImage.architecture)
            #expect(version["KernelVersion"]?.string?.isEmpty == false)
            #expect(version["Components"]?[0]?["Name"]?.string?.isEmpty == false)
            let info = try await api.send("GET", "/info").json()
            #expect(info["OSType"]?.string == "linux")
            #expect(info["Swarm"]?["LocalNodeState"]?.string == "inactive")
            #expect((info["Images"]?.int ?? 0) >= 1)
            #expect(info["NCPU"]?.int ?? 0 > 0)
            #expect(info["DockerRootDir"]?.string == daemon.root)
        }

        @Test("version and info by client", arguments: Client.tested)
        func versionByClient(client: Client) async throws {
            #expect(try await daemon.run(client, ["version"]).expecting().out.contains("Server"))
            #expect(try await daemon.run(client, ["version", "--format", "{{.Server.Os}}"]).expecting().out == "linux")
            #expect(try await daemon.run(client, ["info"]).expecting().out.contains("Swarm: inactive"))
        }

        @Test("the versions that are spoken, and the words for the others", .enabled(if: Programs.reference == nil))
        func versions() async throws {
            for version in ["1.24", "1.41", "1.44", "1.51", "1.56"] {
                #expect(try await api.send("GET", "/v\(version)/containers/json").status == 200, "\(version)")
            }
            let new = try await api.send("GET", "/v1.57/containers/json")
            #expect(new.status == 400)
            #expect(new.message == "client version 1.57 is too new. Maximum supported API version is 1.56")
            let old = try await api.send("GET", "/v1.23/containers/json")
            #expect(old.status == 400)
            #expect(old.message.hasPrefix("client version 1.23 is too old. Minimum supported API version is 1.24"))
        }

        @Test("errors are JSON with a message")
        func errors() async throws {
            let missing = try await api.send("GET", "/containers/none/json")
            #expect(missing.status == 404)
            #expect(missing.message == "No such container: none")
            #expect(missing.headers["content-type"] == "application/json")
            #expect(try await api.send("GET", "/no/such/route").status == 404)
            #expect(try await api.send("GET", "/no/such/route").message == "page not found")
            let image = try await api.send("POST", "/containers/create", json: #"{"Image":"none:1"}"#)
            #expect(image.status == 404)
            #expect(image.message == "No such image: none:1")
            #expect(try await api.send("GET", "/images/none/json").message.hasSuffix("No such image: none:latest"))
        }

        @Test("a body or filter that is no JSON is the client's fault", .enabled(if: Programs.reference == nil, "docker 20.10 says 500"))
        func badJSON() async throws {
            for body in [#"{"Image":"#, #"{"Image":7}"#, "[]", #"{"Image":"busybox"} trailing"#] {
                let reply = try await api.send("POST", "/containers/create", json: body)
                #expect(reply.status == 400 && !reply.message.isEmpty, "\(body): \(reply.text)")
            }
            #expect(try await api.send("GET", "/containers/json?filters=%7B").status == 400)
        }

        @Test("request JSON follows Go's rules: null is absent, case is free, unknown keys pass")
        func goRules() async throws {
            let body =
                #"{"image":"busybox","CMD":["sh","-c","exit 4"],"Labels":null,"Volumes":null,"Entrypoint":null,"Nonsense":{"a":[1]},"hostconfig":{"networkMODE":"none","Binds":null,"PidsLimit":null}}"#
            let made = try await api.send("POST", "/containers/create", json: body)
            #expect(made.status == 201, "\(made.text)")
            let id = try #require(try made.json()["Id"]?.string)
            #expect(try await api.send("POST", "/containers/\(id)/start").status == 204)
            #expect(try await api.send("POST", "/containers/\(id)/wait").json()["StatusCode"]?.int == 4)
            #expect(try await daemon.inspect(id)["HostConfig"]?["NetworkMode"]?.string == "none")
        }

        @Test("a key that comes twice is refused", .enabled(if: Programs.reference == nil))
        func duplicateKey() async throws {
            let reply = try await api.send("POST", "/containers/create", json: #"{"Image":"busybox","Image":"other"}"#)
            #expect(reply.status == 400)
            #expect(reply.message.contains("Image"))
        }

        @Test("what a daemon without swarm and plugins says")
        func notHere() async throws {
            for target in ["/swarm", "/services", "/nodes", "/tasks", "/secrets", "/configs"] {
                let reply = try await api.send("GET", target)
                #expect(reply.status == 503, "\(target)")
                #expect(reply.message.hasPrefix("This node is not a swarm manager."), "\(target)")
            }
            #expect(try await api.send("GET", "/plugins").text.trimmed == "[]")
        }

        @Test("what comes later says so", .enabled(if: Programs.reference == nil))
        func later() async throws {
            func refusal(_ host: String) async throws -> HTTPReply {
                try await api.send("POST", "/containers/create", json: #"{"Image":"busybox","HostConfig":{\#(host)}}"#)
            }
            let ports = try await refusal(#""PortBindings":{"80/tcp":[{"HostPort":"8080"}]}"#)
            #expect(ports.status >= 400 && !ports.message.isEmpty, "\(ports.text)")
            let volume = try await refusal(#""Binds":["named:/data"]"#)
            #expect(volume.status >= 400 && !volume.message.isEmpty, "\(volume.text)")
            for (method, target) in [("POST", "/session"), ("POST", "/grpc"), ("POST", "/build"), ("GET", "/containers/none/checkpoints")] {
                let reply = try await api.send(method, target)
                #expect(reply.status >= 400 && !reply.message.isEmpty, "\(target) \(reply.status)")
            }
        }

        @Test("a container without a network says so, and gets lo", .enabled(if: Programs.reference == nil))
        func defaultNetwork() async throws {
            let made = try await api.send("POST", "/containers/create", json: #"{"Image":"busybox","Cmd":["true"]}"#)
            #expect(made.status == 201)
            #expect(try made.json()["Warnings"]?.array?.isEmpty == false)
            let id = try #require(try made.json()["Id"]?.string)
            #expect(try await api.send("POST", "/containers/\(id)/start").status == 204)
        }

        @Test("events tell the story in order")
        func events() async throws {
            let name = unique("story")
            let id = try await daemon.create(#""Cmd":["sh","-c","exit 3"]"#, name: name)
            #expect(try await api.send("POST", "/containers/\(id)/start").status == 204)
            try await daemon.untilExited(id)
            #expect(try await api.send("DELETE", "/containers/\(id)").status == 204)
            let events = try await daemon.events(of: id)
            #expect(events.map { $0["Action"]?.string ?? "" } == ["create", "start", "die", "destroy"])
            let die = try #require(events.first { $0["Action"]?.string == "die" })
            #expect(die["Actor"]?["Attributes"]?["exitCode"]?.string == "3")
            #expect(die["Actor"]?["Attributes"]?["name"]?.string == name)
        }
    }
}

extension String {
    /// Without the line end that some replies have.
    fileprivate var trimmed: String { String(self.prefix { $0 != "\n" }) }
}
