// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// P1: whatever stands in a tree, no path in it leads out, and nothing outside changes.

import Glibc
import Testing
import WharfLinux
import WharfTestKit

@Suite("RootFD")
struct RootFDTests {
    let temporary: TemporaryDirectory
    let host: HostPath
    let root: RootFD

    init() throws {
        temporary = try TemporaryDirectory("rootfd")
        host = HostPath(temporary.path)
        try (host / "root").mkdir()
        try (host / "canary").mkdir()
        try (host / "canary" / "file").writeAtomically(Array("host".utf8), durable: false)
        root = RootFD(try (host / "root").openDirectory())
    }

    /// What lies outside is as it was.
    private func canaryIsUntouched() throws -> Bool {
        try (host / "canary").entries().map(\.name) == [Array("file".utf8)]
            && (host / "canary" / "file").read(limit: 100) == Array("host".utf8)
    }

    @Test("links stay below the root", arguments: ["/canary", "../canary", "../../../../canary", "a/../../canary", "//canary/"])
    func links(target: String) throws {
        try root.mkdir("a", permissions: 0o755)
        let full = target.hasPrefix("/") ? "\(temporary.path)\(target)" : target
        try root.symlink(full, at: "out")
        try root.symlink("out", at: "chain")
        for name in ["out/file", "chain/file", "out/./file", "/chain//file"] {
            let error = #expect(throws: SyscallError.self) { try root.open(name) }
            #expect(error?.errno == ENOENT)
        }
        // Made inside, wherever the link seems to point.
        let made = try root.mkdirAll("chain/sub")
        _ = made
        #expect(try root.status("chain/sub").kind == .directory)
        _ = try root.touch("chain/new")
        #expect(try root.status("chain/new").kind == .regular)
        #expect(try canaryIsUntouched())
    }

    @Test("creating never follows a link")
    func createDoesNotFollow() throws {
        try root.symlink(temporary.path("canary/new"), at: "link")
        #expect(throws: SyscallError.self) { try root.create("link", permissions: 0o644) }
        #expect(throws: SyscallError.self) { try root.open("link", [.write, .create], permissions: 0o644) }
        #expect(try canaryIsUntouched())
        #expect(try root.readLink("link") == Array(temporary.path("canary/new").utf8))
    }

    @Test("a link in a circle and a file in the middle are errors")
    func brokenPaths() throws {
        try root.symlink("b", at: "a")
        try root.symlink("a", at: "b")
        _ = try root.create("file", permissions: 0o600)
        #expect(throws: SyscallError("openat2", "a/x", errno: ELOOP)) { try root.mkdirAll("a/x") }
        #expect(throws: SyscallError("openat2", "file/x", errno: ENOTDIR)) { try root.mkdirAll("file/x") }
        #expect(throws: SyscallError.self) { try root.mkdir("..", permissions: 0o755) }
        #expect(throws: SyscallError.self) { try root.unlink("/") }
        #expect(throws: SyscallError.self) { try root.open([0x61, 0, 0x62] as [UInt8]) }
    }

    @Test("names are bytes: combining marks, invalid UTF-8 and control characters are just names")
    func byteNames() throws {
        let names: [[UInt8]] = [
            [0xFF], [0xFE], Array("e\u{301}".utf8), Array("\u{e9}".utf8), [0x0A], [0x0D, 0x0A], Array("..\u{200d}".utf8),
        ]
        for name in names { _ = try root.create(name, permissions: 0o600) }
        #expect(Set(try root.open("/", [.read, .directory]).directoryEntries().map(\.name)) == Set(names))
        try root.mkdir("ok", permissions: 0o755)
        // A combining mark on a slash is a slash and a name for the kernel: nothing climbs.
        #expect(throws: SyscallError.self) { try root.open("ok/\u{301}../../canary") }
    }

    @Test("rename replaces or refuses")
    func rename() throws {
        try root.create("a", permissions: 0o600).writeAll([1])
        try root.create("b", permissions: 0o600).writeAll([2])
        #expect(throws: SyscallError("renameat2", "b", errno: EEXIST)) { try root.rename("a", to: "b", replacing: false) }
        try root.rename("a", to: "b")
        #expect(try root.readAll("b", limit: 10) == [1])
    }

    @Test("reading a file: too long, a FIFO and a directory are refused without waiting")
    func boundedReads() throws {
        try root.create("file", permissions: 0o600).writeAll([UInt8](repeating: 7, count: 5000))
        #expect(try root.readAll("file", limit: 5000).count == 5000)
        #expect(throws: SyscallError("read", errno: EFBIG)) { try root.readAll("file", limit: 4999) }
        try root.mknod("fifo", kind: .fifo, permissions: 0o600)
        #expect(throws: SyscallError("read", "fifo", errno: EINVAL)) { try root.readAll("fifo", limit: 10) }
        try root.mkdir("dir", permissions: 0o755)
        #expect(throws: SyscallError("read", "dir", errno: EINVAL)) { try root.readAll("dir", limit: 10) }
    }

    @Test("a tree goes with its links, not with what they point at")
    func removeTree() throws {
        var path = "tree"
        for _ in 0..<300 {
            _ = try root.mkdirAll(path)
            path += "/d"
        }
        _ = try root.create("tree/d/file", permissions: 0o400)
        try root.symlink(temporary.path("canary"), at: "tree/out")
        try root.symlink("../../canary", at: "tree/d/d/out")
        try root.removeTree("tree")
        #expect(throws: SyscallError("openat2", "tree", errno: ENOENT)) { try root.status("tree") }
        try root.removeTree("tree")
        #expect(try canaryIsUntouched())
    }

    @Test("attributes change by descriptor, also by a handle")
    func attributes() throws {
        _ = try root.create("file", permissions: 0o600)
        let handle = try root.open("file", .handle)
        try handle.setPermissions(0o4751)
        try handle.setTimes(accessed: (1, 2), modified: (-3, 4))
        let status = try root.status("file")
        #expect(status.permissions == 0o4751)
        #expect(status.modified == (-3, 4))
        #expect(status.accessed == (1, 2))
    }
}
