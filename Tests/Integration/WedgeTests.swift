// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One stuck container never delays another, nor a question: a shim that was stopped, and a file system that gives no answer.

import Foundation
import Testing
import WharfJSON
import WharfTestKit

extension Integration {
    @Suite("Wedged", .containers, .enabled(if: Programs.reference == nil))
    struct WedgeTests {
        /// Runs `count` questions, `clients` at a time, and gives the slowest one's time.
        private func ask(_ daemon: DaemonFixture, _ paths: [String], count: Int, clients: Int) async throws -> Duration {
            try await withThrowingTaskGroup(of: Duration.self) { group in
                for client in 0..<clients {
                    group.addTask {
                        var slowest = Duration.zero
                        for number in 0..<count / clients {
                            let path = paths[(client + number) % paths.count]
                            let begin = ContinuousClock.now
                            let reply = try await daemon.api.send("GET", path, deadline: .seconds(30))
                            guard reply.status == 200 else { throw TestFailure("\(path): \(reply.status) \(reply.text)") }
                            slowest = max(slowest, ContinuousClock.now - begin)
                        }
                        return slowest
                    }
                }
                return try await group.reduce(.zero) { max($0, $1) }
            }
        }

        private func threads(of pid: pid_t) throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task").count
        }

        @Test("a stopped shim: a thousand questions are answered, others start and end, kill still works")
        func stoppedShim() async throws {
            try await DaemonFixture.with { daemon in
                try await daemon.load()
                let stuck = try await daemon.runBeside(.docker, "stuck")
                let fine = try await daemon.runBeside(.docker, "fine")
                let shim = try await daemon.shim(of: stuck)
                let before = try threads(of: try #require(daemon.pid))
                #expect(kill(shim, SIGSTOP) == 0)
                defer { kill(shim, SIGCONT) }
                // These wait for the shim, each in vain.
                let waiting = ["pause", "stop?t=1000", "restart"].map { verb in
                    Task { try? await daemon.api.send("POST", "/containers/\(stuck)/\(verb)", deadline: .seconds(120)) }
                }
                let until = Timestamp.now().seconds
                let slowest = try await ask(
                    daemon,
                    [
                        "/containers/json?all=1", "/containers/\(stuck)/json", "/containers/\(fine)/json", "/info",
                        "/events?since=1&until=\(until)",
                    ],
                    count: 1000, clients: 50)
                print("wedge: the slowest of 1000 questions took \(slowest)")
                #expect(try threads(of: try #require(daemon.pid)) <= before + 2)
                let other = try await daemon.runOnce(.docker, ["echo", "alive"])
                #expect(other.out == "alive")
                try await daemon.docker("stop", "-t", "0", fine)
                // SIGKILL always works: the shim goes first.
                try await daemon.docker("rm", "-f", stuck)
                for task in waiting { _ = await task.value }
            }
        }

        @Test("a bind source that gives no answer holds up its own container only")
        func hungVolume() async throws {
            guard let hung = try HungFileSystem() else { return }
            defer { hung.end() }
            try await DaemonFixture.with { daemon in
                try await daemon.load()
                let id = try await daemon.create(host: #""Binds":["\#(hung.path)/x:/x"]"#)
                let start = Task { try? await daemon.api.send("POST", "/containers/\(id)/start", deadline: .seconds(120)) }
                try await eventually("the start hangs") { hung.isAsked }
                let slowest = try await ask(daemon, ["/containers/json?all=1", "/containers/\(id)/json", "/info"], count: 300, clients: 50)
                print("wedge: the slowest of 300 questions took \(slowest)")
                #expect(try await daemon.runOnce(.docker, ["echo", "alive"]).out == "alive")
                hung.end()
                _ = await start.value
            }
        }
    }
}

/// A FUSE mount whose server never answers.
private final class HungFileSystem: @unchecked Sendable {
    let path: String
    private let folder: TemporaryDirectory
    private var device: Int32

    /// nil where the kernel has no FUSE.
    init?() throws {
        folder = try TemporaryDirectory("hung")
        path = folder.path
        device = open("/dev/fuse", O_RDWR | O_NONBLOCK | O_CLOEXEC)
        guard device >= 0 else { return nil }
        guard mount("hung", path, "fuse", 0, "fd=\(device),rootmode=40000,user_id=0,group_id=0") == 0 else {
            close(device)
            return nil
        }
        // The handshake is answered, nothing else is.
        var request = [UInt8](repeating: 0, count: 64 << 10)
        guard read(device, &request, request.count) >= 40 else { throw TestFailure("no FUSE handshake") }
        var reply = [UInt8](repeating: 0, count: 16 + 64)
        reply.withUnsafeMutableBytes { bytes in
            bytes.storeBytes(of: UInt32(bytes.count), toByteOffset: 0, as: UInt32.self)
            bytes.storeBytes(
                of: request.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self) }, toByteOffset: 8, as: UInt64.self)
            bytes.storeBytes(of: 7, toByteOffset: 16, as: UInt32.self)
            bytes.storeBytes(of: 31, toByteOffset: 20, as: UInt32.self)
            bytes.storeBytes(of: 4096, toByteOffset: 36, as: UInt32.self)
        }
        guard write(device, reply, reply.count) == reply.count else { throw TestFailure("the FUSE handshake failed: \(errno)") }
    }

    /// Whether somebody waits for an answer.
    var isAsked: Bool {
        var polled = pollfd(fd: device, events: Int16(POLLIN), revents: 0)
        return device >= 0 && poll(&polled, 1, 0) == 1
    }

    /// Whoever waits gets an error, and the mount goes.
    func end() {
        guard device >= 0 else { return }
        close(device)
        device = -1
        umount2(path, Int32(MNT_DETACH))
    }
}
