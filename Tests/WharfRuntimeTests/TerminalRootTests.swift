// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// RT-09: a terminal comes from a real multiplexer only, and its other end from the multiplexer, not from a name.

import Glibc
import Testing
import WharfLinux
import WharfTestKit

@testable import WharfRuntime

@Suite("Terminals", .enabled(if: geteuid() == 0))
struct TerminalRootTests {
    private func devpts() throws -> MountFD {
        try MountFD.create(type: "devpts", source: "devpts", parameters: [.string("ptmxmode", Array("0666".utf8))])
    }

    @Test("both ends belong together")
    func real() throws {
        let terminal = try Terminal(devpts: try devpts().descriptor, size: WindowSize(rows: 24, columns: 80))
        try verifyInode(terminal.peer, is: .terminal)
        try terminal.peer.writeAll(Array("x".utf8))
        var byte: UInt8 = 0
        _ = try withUnsafeMutableBytes(of: &byte) { buffer throws(SyscallError) in try terminal.master.read(into: buffer) }
        #expect(byte == UInt8(ascii: "x"))
    }

    @Test(
        "what an image or a volume puts in the multiplexer's place is refused", arguments: ["link", "fifo", "node", "null", "file", "none"])
    func prepared(trick: String) throws {
        let temporary = try TemporaryDirectory("terminal")
        let root = RootFD(try HostPath(temporary.path).openDirectory())
        switch trick {
        case "link": try root.symlink("/dev/ptmx", at: "ptmx")
        case "fifo": try root.mknod("ptmx", kind: .fifo, permissions: 0o666)
        case "node": try root.mknod("ptmx", kind: .characterDevice, permissions: 0o666, device: DeviceNumber(major: 5, minor: 2))
        case "null": try root.mknod("ptmx", kind: .characterDevice, permissions: 0o666, device: DeviceNumber(major: 1, minor: 3))
        case "file": _ = try root.create("ptmx", permissions: 0o666)
        default: break
        }
        let error = #expect(throws: RuntimeError.self) { try Terminal(devpts: root.directory, size: WindowSize(rows: 0, columns: 0)) }
        #expect(error?.step == "terminal")
        try root.mkdir("dev", permissions: 0o755)
        try root.symlink("..", at: "dev/pts")
        #expect(throws: RuntimeError.self) { try Terminal(root: root, size: WindowSize(rows: 0, columns: 0)) }
    }

    @Test("a name that only the runtime may give is never a link", arguments: ["console", "target"])
    func plainNames(target: String) throws {
        let temporary = try TemporaryDirectory("console")
        let root = RootFD(try HostPath(temporary.path).openDirectory())
        try root.symlink("/etc/\(target)", at: "console")
        #expect(throws: SyscallError("openat2", "console", errno: ELOOP)) { try root.touchPlain("console") }
        #expect(try root.touchPlain("other", permissions: 0o600).status().kind == .regular)
        #expect(try root.touchPlain("other").status().permissions == 0o600)
        #expect(throws: SyscallError.self) { try root.touchPlain("no/parent") }
        #expect(throws: SyscallError.self) { try root.touchPlain("..") }
    }
}
