// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Terminals: of a container's first process and of a further one, whose masters come over a console socket.

import Glibc
import Testing
import WharfLinux
import WharfOCI
import WharfTestKit

@Suite("Terminal", .enabled(if: BundleFixture.canRun))
struct TerminalTests {
    /// The descriptor that came over a console socket.
    private func receive(_ listener: Descriptor) async throws -> Descriptor {
        try await onThread {
            guard try listener.waitReadable(timeout: .seconds(20)), let connection = try UnixSocket.accept(listener, nonBlocking: false)
            else {
                throw TestFailure("nobody connected to the console socket")
            }
            var descriptors: [Descriptor] = []
            var bytes = [UInt8](repeating: 0, count: 256)
            _ = try bytes.withUnsafeMutableBytes { try UnixSocket.receive(into: $0, descriptors: &descriptors, from: connection) }
            guard let master = descriptors.first else { throw TestFailure("no descriptor came") }
            return master
        }
    }

    /// Reads until `word` was seen.
    private func read(_ master: Descriptor, until word: String) async throws -> String {
        try await onThread {
            var text: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 4096)
            while !String(decoding: text, as: UTF8.self).contains(word) {
                guard try master.waitReadable(timeout: .seconds(20)) else {
                    throw TestFailure("only \(String(decoding: text, as: UTF8.self)) came")
                }
                let count = try buffer.withUnsafeMutableBytes { try master.read(into: $0) }
                text += buffer[..<count]
            }
            return String(decoding: text, as: UTF8.self)
        }
    }

    @Test("the first process has one that is its own: session, size, owner, name and input")
    func firstProcess() async throws {
        var fixture = try await BundleFixture()
        fixture.spec.process.terminal = true
        fixture.spec.process.consoleSize = .init(height: 33, width: 77)
        fixture.spec.process.user = .init(uid: 33, gid: 33)
        fixture.spec.process.args = [
            "sh", "-c",
            "readlink /proc/self/fd/0; stat -c '%u %t' /dev/console; stat -c %a /dev/pts/0; busybox stty size; read x; echo got $x; echo tty > /dev/tty; echo end; sleep 1000",
        ]
        let listener = try UnixSocket.listen(in: try fixture.bundle.openDirectory(), name: "console")
        try await RunningContainer(fixture, options: ["--console-socket", fixture.temporary.path("console")]).use { container in
            let master = try await receive(listener)
            try await container.start()
            let before = try await read(master, until: "33 77")
            #expect(before.contains("/dev/pts/0") && before.contains("33 88"), "\(before)")
            try master.writeAll(Array("hello\n".utf8))
            let after = try await read(master, until: "end")
            #expect(after.contains("got hello") && after.contains("tty"), "\(after)")
        }
    }

    @Test("a further process gets one of the container's own; a resize reaches it")
    func furtherProcess() async throws {
        var fixture = try await BundleFixture()
        fixture.spec.process.args = ["sleep", "1000"]
        let listener = try UnixSocket.listen(in: try fixture.bundle.openDirectory(), name: "console")
        try await RunningContainer(fixture).use { container in
            try await container.start()
            let script = "readlink /proc/self/fd/1; read x; busybox stty size; echo end; sleep 1000"
            let options = ["--detach", "--tty", "--console-socket", fixture.temporary.path("console"), "--user", "33"]
            let result = try await container.exec(script, options)
            try result.expecting(0)
            let master = try await receive(listener)
            try PseudoTerminal.resize(master, to: WindowSize(rows: 11, columns: 22))
            try master.writeAll(Array("go\n".utf8))
            let text = try await read(master, until: "end")
            #expect(text.contains("/dev/pts/0") && text.contains("11 22"), "\(text)")
        }
    }

    @Test("RT-09: the container's names for its terminals are not trusted", arguments: ["/dev/null", "/etc/passwd"])
    func replacedMultiplexer(target: String) async throws {
        var fixture = try await BundleFixture()
        fixture.spec.process.args = ["sleep", "1000"]
        // The rights to take the multiplexer away and to put something else there.
        fixture.spec.process.capabilities = .init(fixture.spec.process.capabilities.bounding + ["CAP_SYS_ADMIN"])
        let listener = try UnixSocket.listen(in: try fixture.bundle.openDirectory(), name: "console")
        try await RunningContainer(fixture).use { container in
            try await container.start()
            try await container.exec("mount -o bind \(target) /dev/pts/ptmx").expecting(0)
            let result = try await container.exec("echo ran", ["--detach", "--tty", "--console-socket", fixture.temporary.path("console")])
            #expect(result.exitCode != 0 && result.says("terminal"), "\(result)")
        }
        withExtendedLifetime(listener) {}
    }
}
