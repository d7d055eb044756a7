// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Debian's docker-registry beside a daemon, in its network namespace: what pull and push are tried with that is not ours.

import Foundation
import WharfTestKit

/// A registry on the loopback of a daemon's namespace.
final class DebianRegistry: Sendable {
    /// Where there is none its tests are skipped.
    static let isHere = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
        FileManager.default.isExecutableFile(atPath: "\($0)/docker-registry")
    }

    private let folder: TemporaryDirectory
    private let process: ChildProcess
    /// `127.0.0.1:5000`.
    let address: String

    private init(folder: TemporaryDirectory, process: ChildProcess, address: String) {
        self.folder = folder
        self.process = process
        self.address = address
    }

    /// Runs `body` with a registry, whose users are u with the password p, or everybody.
    static func with<T: Sendable>(
        _ daemon: DaemonFixture, port: Int, needsLogin: Bool = false, _ body: (DebianRegistry) async throws -> T
    ) async throws -> T {
        guard let pid = daemon.pid else { throw TestFailure("no daemon runs") }
        let folder = try TemporaryDirectory("registry")
        var config = """
            version: 0.1
            storage: {filesystem: {rootdirectory: \(folder.path("data"))}, delete: {enabled: true}}
            http: {addr: "127.0.0.1:\(port)"}

            """
        if needsLogin {
            let users = try folder.write("users", Array("u:$2b$05$abcdefghijklmnopqrstuuqwWMzKt5N8p.u2GX5MuH1t19BMWuLOW\n".utf8))
            config += "auth: {htpasswd: {realm: test, path: \(users)}}\n"
        }
        let path = try folder.write("config.yml", Array(config.utf8))
        let inside = ["nsenter", "--net=/proc/\(pid)/ns/net", "--"]
        let process = try ChildProcess(inside + ["docker-registry", "serve", path], streams: .file(folder.path("log")))
        let registry = DebianRegistry(folder: folder, process: process, address: "127.0.0.1:\(port)")
        do {
            try await eventually("the registry listens") {
                try await CommandLine.run(inside[0], Array(inside.dropFirst()) + ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/\(port)"])
                    .exitCode
                    == 0
            }
            let result = try await body(registry)
            await registry.stop()
            return result
        } catch {
            let log = String(decoding: FileManager.default.contents(atPath: folder.path("log")) ?? Data(), as: UTF8.self)
            await registry.stop()
            throw TestFailure("\(error)\n--- the registry's last words:\n\(log.split(separator: "\n").suffix(10).joined(separator: "\n"))")
        }
    }

    private func stop() async {
        process.signal(SIGKILL)
        // It is gone, or its folder can't be removed.
        _ = try? await process.wait()
        folder.remove()
    }
}
