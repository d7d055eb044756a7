// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Users below a root: Docker's rules and texts, and files that somebody prepared (RT-14, RT-15, RT-18).

import Glibc
import Testing
import WharfLinux
import WharfTestKit

@Suite("User lookup")
struct UserLookupTests {
    let temporary: TemporaryDirectory
    let root: RootFD

    init() throws {
        temporary = try TemporaryDirectory("users")
        root = RootFD(try HostPath(temporary.path).openDirectory())
        try root.mkdir("etc", permissions: 0o755)
    }

    private func write(passwd: String, group: String) throws {
        for (name, text) in [("etc/passwd", passwd), ("etc/group", group)] {
            try root.create(name, permissions: 0o644).writeAll(Array(text.utf8))
        }
    }

    private func standard() throws {
        try write(
            passwd:
                "root:x:0:0:root:/root:/bin/sh\n\n#comment\nbroken\nwww:x:33:33:w:/var/www:/bin/sh\n1000:x:1500:1500::/odd:\nbig:x:4294967296:1::/:\nneg:x:-1:1::/:\nshort:x:70:71\n",
            group: "root:x:0:\nwww:x:33:\nstaff:x:50:www,root\nextra:x:60:www\nextra2:x:60:www\nbad:x:x:www\n")
    }

    @Test(
        "who a user is",
        arguments: [
            ("", 0, 0, [50, 0], "/root"), ("root", 0, 0, [50, 0], "/root"), ("0", 0, 0, [50, 0], "/root"),
            ("www", 33, 33, [50, 60, 33], "/var/www"),
            ("33", 33, 33, [50, 60, 33], "/var/www"), ("www:staff", 33, 50, [50], "/var/www"), ("www:99", 33, 99, [99], "/var/www"),
            ("1234", 1234, 0, [0], nil), ("1234:77", 1234, 77, [77], nil), ("1000", 1000, 0, [0], nil),
            ("000000000000000000000033", 33, 33, [50, 60, 33], "/var/www"), ("0033", 33, 33, [50, 60, 33], "/var/www"),
            (":50", 0, 50, [50], "/root"), ("short", 70, 71, [71], ""), ("2147483647", 2_147_483_647, 0, [0], nil),
            ("www:", 33, 33, [50, 60, 33], "/var/www"),
            ("0:0", 0, 0, [0], "/root"), ("root:root", 0, 0, [0], "/root"), ("www:www", 33, 33, [33], "/var/www"),
            ("0000", 0, 0, [50, 0], "/root"), ("1:1", 1, 1, [1], nil),
            ("2147483647:2147483647", 2_147_483_647, 2_147_483_647, [2_147_483_647], nil), (":", 0, 0, [50, 0], "/root"),
        ] as [(String, UInt32, UInt32, [UInt32], String?)])
    func resolves(user: String, uid: UInt32, gid: UInt32, groups: [UInt32], home: String?) throws {
        try standard()
        let found = try UserLookup(root).resolve(user)
        #expect(found == ResolvedUser(uid: uid, gid: gid, groups: groups, home: home.map { Array($0.utf8) }))
    }

    @Test(
        "strings that are nobody",
        arguments: [
            "foo", "-1", "+1", " 1", "1 ", "0x0", "1e3", "１", "www\n", "ro\u{301}ot", "ROOT", "www:nogroup", "www:-1", "0:+0",
            "root:root:root", "big", "neg",
            "broken", "#comment", "..", "/etc/passwd", "0\0", "%s",
            "root ", "\t0", "0,0", "1_000", "0b1", "\u{661}", "1.0", "-0", "www:staff ",
        ])
    func nobody(user: String) throws {
        try standard()
        let error = try #require(throws: UserLookupError.self) { try UserLookup(root).resolve(user) }
        #expect(error.description.hasPrefix("unable to find "))
        #expect(error.description.hasSuffix(" file"))
    }

    @Test("Docker's texts")
    func texts() throws {
        try standard()
        #expect(throws: UserLookupError(description: "unable to find user foo: no matching entries in passwd file", errno: EINVAL)) {
            try UserLookup(root).resolve("foo")
        }
        #expect(throws: UserLookupError(description: "unable to find group bar: no matching entries in group file", errno: EINVAL)) {
            try UserLookup(root).resolve("0:bar")
        }
    }

    @Test(
        "numbers beyond 31 bits don't wrap",
        arguments: ["2147483648", "4294967295", "4294967296", "18446744073709551616", "99999999999999999999999", "0:2147483648"])
    func outOfRange(user: String) throws {
        try standard()
        #expect(throws: UserLookupError(description: "uids and gids must be in range 0-2147483647", errno: EINVAL)) {
            try UserLookup(root).resolve(user)
        }
    }

    @Test("without files there are numbers only")
    func noFiles() throws {
        #expect(try UserLookup(root).resolve("5:6") == ResolvedUser(uid: 5, gid: 6, groups: [6], home: nil))
        #expect(throws: UserLookupError.self) { try UserLookup(root).resolve("root") }
        try root.symlink("/etc/passwd", at: "etc/passwd")
        #expect(throws: UserLookupError.self) { try UserLookup(root).resolve("root") }
    }

    @Test("more groups are added, the primary one always")
    func additional() throws {
        try standard()
        #expect(try UserLookup(root).resolve("1234:77", additionalGroups: [77, 5]).groups == [77, 5])
    }

    @Test("a FIFO, a directory and a giant in the place of the file hang nobody", arguments: ["fifo", "directory", "sparse"])
    func prepared(kind: String) throws {
        switch kind {
        case "fifo": try root.mknod("etc/passwd", kind: .fifo, permissions: 0o644)
        case "directory": try root.mkdir("etc/passwd", permissions: 0o755)
        default: try root.create("etc/passwd", permissions: 0o644).truncate(to: 5 << 30)
        }
        let error = try #require(throws: UserLookupError.self) { try UserLookup(root).resolve("root") }
        #expect(error.description.hasPrefix("unable to read /etc/passwd: "))
    }

    @Test("very many lines and NUL bytes are only slow text")
    func manyLines() throws {
        let file = try root.create("etc/passwd", permissions: 0o644)
        try file.writeAll([UInt8](repeating: UInt8(ascii: "\n"), count: 300_000))
        try file.writeAll(Array("x\0y:x:9:9::/:\nlast:x:8:8::/home:\n".utf8))
        #expect(try UserLookup(root).resolve("last").uid == 8)
        #expect(throws: UserLookupError.self) { try UserLookup(root).resolve("x") }
    }
}
