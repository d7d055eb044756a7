// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Paths of a container as cp means them, on a tree that has links everywhere.

import Glibc
import Testing
import WharfDockerAPI
import WharfError
import WharfLinux
import WharfTestKit

@testable import WharfEngine

@Suite struct ContainerPathTests {
    private let folder: TemporaryDirectory
    private let root: Descriptor

    init() throws {
        folder = try TemporaryDirectory("path")
        root = try HostPath(folder.path).openDirectory()
        let tree = RootFD(root)
        _ = try tree.mkdirAll("d/e")
        try tree.create("d/f", permissions: 0o640).writeAll(Array("hi".utf8))
        try tree.symlink("d", at: "l")
        try tree.symlink("/d/f", at: "a")
        try tree.symlink("../../../../d/e", at: "d/up")
        try tree.symlink("/gone/x", at: "dangling")
        try tree.symlink("loop", at: "loop")
    }

    private func stat(_ text: String) throws -> ContainerPathStat {
        let path = try ContainerPath(text)
        return ContainerPathStat(path, try path.look(below: root).status, below: root)
    }

    @Test("the last name is followed only behind a slash")
    func last() throws {
        #expect(try stat("/l").isSymlink && stat("/l").linkTarget == "/d")
        #expect(try stat("/l/").isDirectory && stat("/l/").name == "l")
        #expect(try stat("/l/.").isDirectory && stat("/l/.").name == ".")
        #expect(try stat("l/f").name == "f" && stat("l/f").size == 2 && stat("l/f").mode == 0o640)
        #expect(try stat("/").name == "/" && stat(".").name == ".")
        #expect(try stat("/x/../d/f").name == "f")
        #expect(throws: SyscallError.self) { try stat("/d/f/") }
        #expect(throws: SyscallError.self) { try stat("/none") }
    }

    @Test("a link's target is a path of the container, also one that leads up or nowhere")
    func targets() throws {
        #expect(try stat("/a").linkTarget == "/d/f")
        #expect(try stat("/d/up").linkTarget == "/d/e")
        #expect(try stat("/dangling").linkTarget == "/gone/x")
        #expect(try stat("/loop").isSymlink)
    }

    @Test("no path, or one with a NUL, is the client's mistake")
    func bad() async {
        for text in ["", "/a\0b"] { _ = await failure(.invalidArgument) { _ = try ContainerPath(text) } }
    }

    @Test("modes are Go's")
    func modes() throws {
        let tree = RootFD(root)
        try tree.mknod("p", kind: .fifo, permissions: 0o600)
        try tree.open("d/e", [.read, .directory]).setPermissions(0o7755)
        #expect(try stat("/p").mode == 1 << 25 | 0o600)
        #expect(try stat("/d/e").mode == 1 << 31 | 1 << 23 | 1 << 22 | 1 << 20 | 0o755)
        #expect(ContainerPathStat(headerValue: try stat("/d/f").headerValue) == (try stat("/d/f")))
        #expect(ContainerPathStat(headerValue: "?") == nil)
    }
}
