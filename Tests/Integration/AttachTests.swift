// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `attach`: several clients at once, one that leaves, one that does not read, and where the input ends.

import Foundation
import Synchronization
import Testing
import WharfJSON
import WharfTestKit

extension Integration {
    @Suite("Attach", .containers, .daemon)
    struct AttachTests {
        let daemon: DaemonFixture

        init() throws { daemon = try theDaemon() }

        /// A container that waits for a line before it says `script`'s words, made but not started.
        private func waiting(_ script: String, _ label: String) async throws -> String {
            let name = unique(label)
            let arguments =
                ["create", "-i", "--name", name, "--network", "none", "--log-opt", "max-size=-1"]
                + ["busybox", "sh", "-c", "read go; \(script)"]
            _ = try await daemon.run(.docker, arguments).expecting(0)
            try await daemon.docker("start", name)
            return name
        }

        @Test("everybody who is attached gets everything")
        func many() async throws {
            let name = try await waiting("seq 20000; exit 6", "many")
            var clients: [ChildProcess] = []
            for _ in 0..<4 { clients.append(try daemon.start(.docker, ["attach", "--no-stdin", name], streams: .pipes)) }
            let leader = try daemon.start(.docker, ["attach", name], streams: .pipes)
            try await eventually("all are attached") { try Self.connections(of: try await daemon.shim(of: name)) >= 5 }
            try leader.send("go\n")
            let expected = (1...20_000).map(String.init).joined(separator: "\n")
            for client in clients + [leader] {
                #expect(try await client.wait() == 6)
                #expect(client.output.text.split(separator: "\n").joined(separator: "\n") == expected)
            }
            #expect(try await daemon.docker("logs", name).lines.count == 20_000)
        }

        @Test("a client that dies is dropped, the others go on")
        func death() async throws {
            let name = try await waiting("seq 50000; exit 0", "death")
            let victim = try daemon.start(.docker, ["attach", "--no-stdin", name], streams: .pipes)
            let other = try daemon.start(.docker, ["attach", name], streams: .pipes)
            try await eventually("both are attached") { try Self.connections(of: try await daemon.shim(of: name)) >= 2 }
            victim.signal(SIGKILL)
            _ = try await victim.wait()
            try other.send("go\n")
            #expect(try await other.wait() == 0)
            #expect(other.output.text.split(separator: "\n").count == 50_000)
        }

        @Test("a client that does not read stops the container behind a mebibyte, and nothing is lost")
        func backPressure() async throws {
            let name = try await waiting("seq 400000; echo done", "pressure")
            let slow = try daemon.start(.docker, ["attach", name], streams: .pipes)
            try await eventually("it is attached") { try Self.connections(of: try await daemon.shim(of: name)) >= 1 }
            slow.signal(SIGSTOP)
            let starter = try daemon.start(.docker, ["attach", name], streams: .pipes)
            try await eventually("both are attached") { try Self.connections(of: try await daemon.shim(of: name)) >= 2 }
            try starter.send("go\n")
            // It stands still: the log has grown to more than a mebibyte, and then grows no more.
            let log = try #require(try await daemon.inspect(name)["LogPath"]?.string)
            let seen = Mutex((size: -1, times: 0))
            try await eventually("the log stands still") {
                let size = (try FileManager.default.attributesOfItem(atPath: log)[.size] as? Int) ?? 0
                return seen.withLock { seen in
                    seen = (size, size == seen.size ? seen.times + 1 : 0)
                    return size > 1 << 20 && seen.times == 25
                }
            }
            #expect(try await daemon.docker("logs", "--tail", "1", name).out != "done")
            slow.signal(SIGCONT)
            #expect(try await slow.wait() == 0)
            #expect(try await starter.wait() == 0)
            for client in [slow, starter] {
                let lines = client.output.text.split(separator: "\n")
                #expect(lines.count == 400_001)
                #expect(lines.last == "done")
            }
        }

        @Test("the end of one client's input ends the process's, where it was made so")
        func inputOnce() async throws {
            // `run -i` is stdinOnce: cat ends with its one client.
            let once = try await daemon.runOnce(.docker, options: ["-i"], ["cat"], stdin: Array("once".utf8))
            #expect(once.out == "once")
            // With stdin kept open an attach that ends leaves cat where it is.
            let name = unique("open")
            let body = #"{"Image":"busybox","Cmd":["cat"],"OpenStdin":true,"HostConfig":{"NetworkMode":"none"}}"#
            #expect(try await daemon.api.send("POST", "/containers/create?name=\(name)", json: body).status == 201)
            try await daemon.docker("start", name)
            for word in ["first", "second"] {
                let client = try daemon.start(.docker, ["attach", name], streams: .pipes)
                try client.send("\(word)\n")
                try await eventually("cat has said it") { try await daemon.docker("logs", name).lines.contains(word) }
                // Its input ends with it; docker's client itself would wait for the container.
                client.signal(SIGKILL)
                _ = try await client.wait()
            }
            #expect(try await daemon.state(name, "Running")?.bool == true)
        }

        /// Sockets of a process but for its own two (the daemon's connection and the listener).
        private static func connections(of shim: pid_t) throws -> Int {
            let folder = "/proc/\(shim)/fd"
            let links = try FileManager.default.contentsOfDirectory(atPath: folder).compactMap {
                try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")
            }
            return links.filter { $0.hasPrefix("socket:") }.count - 2
        }
    }
}
