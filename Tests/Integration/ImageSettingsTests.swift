// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the daemon's configuration and environment say about registries, tried from end to end: proxies, mirrors, registries
// without TLS, attempts; and search, where a registry has it.

import Foundation
import Testing
import WharfJSON
import WharfTestKit

extension Integration {
    @Suite(
        "Image settings", .containers, .enabled(if: DebianRegistry.isHere, "no docker-registry on PATH"),
        .enabled(if: Programs.reference == nil, "these are our daemon's own files"))
    struct ImageSettingsTests {
        /// Runs `body` with a daemon that has these settings.
        private func with(
            _ config: String, environment: [String: String] = [:], _ body: (DaemonFixture) async throws -> Void
        ) async throws {
            let folder = try TemporaryDirectory("settings")
            defer { folder.remove() }
            let path = try folder.write("daemon.json", Array(config.utf8))
            let options = DaemonFixture.Options(arguments: ["--config", path], environment: environment)
            try await DaemonFixture.with(options) { daemon in
                try await daemon.load()
                try await body(daemon)
            }
        }

        /// Pushes and pulls by a name that only the proxy knows.
        private func goesThroughProxy(_ daemon: DaemonFixture) async throws {
            try await DebianRegistry.with(daemon, port: 5000) { _ in
                try await SmallServer.with(.proxy, daemon, port: 3128, target: 5000) { proxy in
                    let name = "registry.test/team/app:1"
                    try await daemon.docker("tag", "busybox", name)
                    try await daemon.docker("push", name)
                    try await daemon.docker("rmi", name)
                    try await daemon.docker("pull", name)
                    #expect(proxy.asked.contains("CONNECT registry.test:80"), "\(proxy.asked)")
                    // This machine is never behind a proxy.
                    let count = proxy.asked.count
                    try await daemon.docker("tag", "busybox", "127.0.0.1:5000/own:1")
                    try await daemon.docker("push", "127.0.0.1:5000/own:1")
                    #expect(proxy.asked.count == count)
                }
            }
        }

        @Test("the proxy of daemon.json is used")
        func configuredProxy() async throws {
            let config = #"{"proxies": {"http-proxy": "http://127.0.0.1:3128"}, "insecure-registries": ["registry.test"]}"#
            // The file counts more than the environment.
            try await with(config, environment: ["HTTP_PROXY": "http://127.0.0.1:9"]) { try await goesThroughProxy($0) }
        }

        @Test("the proxy of the daemon's environment is used")
        func environmentProxy() async throws {
            let config = #"{"insecure-registries": ["registry.test"]}"#
            try await with(config, environment: ["HTTP_PROXY": "http://127.0.0.1:3128"]) { try await goesThroughProxy($0) }
        }

        @Test("what no-proxy names is asked without the proxy")
        func noProxy() async throws {
            let config = """
                {"proxies": {"http-proxy": "http://127.0.0.1:3128", "no-proxy": ".test"}, "insecure-registries": ["registry.test"],
                 "max-download-attempts": 1}
                """
            try await with(config) { daemon in
                try await SmallServer.with(.proxy, daemon, port: 3128) { proxy in
                    let result = try await daemon.run(.docker, ["pull", "registry.test/team/app:1"])
                    #expect(result.exitCode == 1)
                    #expect(result.err.contains("registry.test"), "\(result)")
                    #expect(proxy.asked.isEmpty)
                }
            }
        }

        @Test("a mirror answers for Docker Hub")
        func mirror() async throws {
            try await with(#"{"registry-mirrors": ["http://127.0.0.1:5001"]}"#) { daemon in
                try await DebianRegistry.with(daemon, port: 5001) { registry in
                    try await daemon.docker("tag", "busybox", "\(registry.address)/library/mirrored:1")
                    try await daemon.docker("push", "\(registry.address)/library/mirrored:1")
                    let pull = try await daemon.docker("pull", "mirrored:1")
                    #expect(pull.lines.first == "1: Pulling from library/mirrored", "\(pull)")
                    #expect(pull.lines.last == "docker.io/library/mirrored:1", "\(pull)")
                    #expect(try await daemon.docker("run", "--rm", "--network", "none", "mirrored:1", "echo", "there").out == "there")
                }
            }
        }

        @Test("a registry is asked as often as the settings say")
        func attempts() async throws {
            try await with(#"{"max-download-attempts": 2}"#) { daemon in
                try await SmallServer.with(.failure, daemon, port: 5002) { server in
                    let result = try await daemon.run(.docker, ["pull", "127.0.0.1:5002/team/app:1"])
                    #expect(result.exitCode == 1)
                    #expect(result.err.contains("500 Internal Server Error"), "\(result)")
                    let manifests = server.asked.filter { $0.contains("/v2/team/app/manifests/1") }
                    #expect(manifests.count == 2, "\(server.asked)")
                }
            }
        }

        @Test("numbers and addresses that make no sense are refused at the start")
        func refused() async throws {
            for (config, words) in [
                (#"{"max-download-attempts": 0}"#, "invalid max-download-attempts"),
                (#"{"max-concurrent-uploads": "3"}"#, "max-concurrent-uploads: a number is expected"),
                (#"{"registry-mirrors": ["mirror.example"]}"#, "invalid mirror"),
                (#"{"proxies": {"ftp-proxy": "x"}}"#, "proxies: unknown key ftp-proxy"),
            ] {
                let folder = try TemporaryDirectory("settings")
                defer { folder.remove() }
                let path = try folder.write("daemon.json", Array(config.utf8))
                let result = try await CommandLine.run(
                    Programs.wharfd, ["--config", path, "--root", folder.path("root"), "--exec-root", folder.path("run")])
                #expect(result.exitCode != 0)
                #expect(result.err.contains(words), "\(result)")
            }
        }

        @Test("search finds in a registry that can be searched", arguments: Client.tested)
        func search(client: Client) async throws {
            try await with("{}") { daemon in
                try await SmallServer.with(.search, daemon, port: 5003) { server in
                    let format = ["--format", "{{.Name}} {{.StarCount}} {{.IsOfficial}} {{.Description}}"]
                    let all = try await daemon.run(client, ["search", "127.0.0.1:5003/a"] + format).expecting()
                    #expect(all.lines.count == 2)
                    #expect(all.lines.first?.contains("team/anchor 7 [OK] about anchor") == true, "\(all)")
                    #expect(server.asked.contains { $0.hasPrefix("GET /v1/search?") && $0.contains("q=a") }, "\(server.asked)")
                    let few = try await daemon.run(client, ["search", "--filter", "stars=3", "127.0.0.1:5003/a"] + format).expecting()
                    #expect(few.lines.count == 1)
                    let one = try await daemon.run(client, ["search", "--limit", "1", "127.0.0.1:5003/a"] + format).expecting()
                    #expect(one.lines.count == 1)
                }
                try await DebianRegistry.with(daemon, port: 5004) { registry in
                    let none = try await daemon.run(client, ["search", "\(registry.address)/a"])
                    #expect(none.exitCode == 1)
                    #expect(none.err.contains("404") && none.err.contains(registry.address), "\(none)")
                }
            }
        }
    }
}
