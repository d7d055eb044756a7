// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What unpacking makes of honest archives: attributes, links, whiteouts, directories without an entry.

import Glibc
import Testing
import WharfArchive
import WharfLinux
import WharfTestKit

@Suite("extractor") struct ExtractorTests {
    private static func unpack(_ build: (inout TarBuilder) -> Void, check: (RootFD, ExtractSummary) throws -> Void) throws {
        let folder = try TemporaryDirectory("extract")
        defer { folder.remove() }
        var tar = TarBuilder()
        build(&tar)
        let root = try HostPath(folder.path).openDirectory()
        let summary = try Extractor(root).extract(TarReader(ArraySource(tar.finish())))
        try check(RootFD(root), summary)
    }

    @Test("data, modes and times") func attributes() throws {
        try Self.unpack { tar in
            tar.pax([("mtime", Array("-5".utf8))])
            tar.directory("d", mode: 0o1771)
            tar.time = 2_000_000_000
            tar.file("d/f", "hello", mode: 0o4755)
            tar.symlink("d/s", "f")
            tar.hardLink("d/h", "d/f")
            tar.add("6", Array("d/p".utf8), mode: 0o620)
        } check: { root, summary throws -> Void in
            #expect(summary.entries == 5)
            #expect(summary.bytes == 5)
            #expect(summary.impliedDirectories == [[]])
            let directory = try root.status("d")
            #expect(directory.permissions == 0o1771)
            #expect(directory.modified.seconds == -5)
            let file = try root.status("d/f")
            #expect(file.permissions == 0o4755)
            #expect(file.modified.seconds == 2_000_000_000)
            #expect(file.links == 2)
            #expect(try root.readAll("d/h", limit: 100) == Array("hello".utf8))
            #expect(try root.readLink("d/s") == Array("f".utf8))
            #expect(try root.status("d/s", followingLast: false).modified.seconds == 2_000_000_000)
            #expect(try root.status("d/p").kind == .fifo)
            #expect(try root.status("d/p").permissions == 0o620)
        }
    }

    @Test("a later entry replaces an earlier one") func replaced() throws {
        try Self.unpack { tar in
            tar.file("f", "old")
            tar.file("f", "new")
            tar.directory("d", mode: 0o700)
            tar.file("d/kept")
            tar.directory("d", mode: 0o750)
            tar.symlink("x", "f")
            tar.directory("x")
        } check: { root, _ throws -> Void in
            #expect(try root.readAll("f", limit: 10) == Array("new".utf8))
            #expect(try root.status("d").permissions == 0o750)
            #expect(try root.status("d/kept").kind == .regular)
            #expect(try root.status("x", followingLast: false).kind == .directory)
        }
    }

    @Test("any byte in a name") func names() throws {
        let name = (1...255).map { UInt8($0) }.filter { $0 != UInt8(ascii: "/") }
        try Self.unpack { tar in
            tar.pax([("path", name.prefix(200) + [])])
            tar.file("x", "1")
            tar.pax([("path", Array(name.suffix(54)))])
            tar.file("x", "2")
        } check: { root, _ throws -> Void in
            #expect(try root.readAll(Array(name.prefix(200)), limit: 10) == [UInt8(ascii: "1")])
            #expect(try root.readAll(Array(name.suffix(54)), limit: 10) == [UInt8(ascii: "2")])
        }
    }

    @Test("directories without an entry") func implied() throws {
        try Self.unpack { tar in
            tar.file("a/b/c/f", "x")
        } check: { root, summary throws -> Void in
            #expect(summary.impliedDirectories == [[], Array("a".utf8), Array("a/b".utf8), Array("a/b/c".utf8)])
            #expect(try root.status("a/b").permissions == 0o755)
        }
    }

    @Test("a layer that has an entry for its root does not take over the root below") func rootEntry() throws {
        try Self.unpack { tar in
            tar.directory("./", mode: 0o711)
            tar.file("f")
        } check: { root, summary throws -> Void in
            #expect(summary.impliedDirectories == [])
            #expect(try root.status(".").permissions == 0o711)
        }
    }

    @Test("implied directories look like those below", .enabled(if: geteuid() == 0)) func inherited() throws {
        let folder = try TemporaryDirectory("inherit")
        defer { folder.remove() }
        let (lower, upper) = (HostPath(folder.path("lower")), HostPath(folder.path("upper")))
        try (lower / "tmp/x").mkdir()
        try (upper / "tmp/x").mkdir()
        let tmp = try (lower / "tmp").openDirectory()
        try tmp.setOwner(uid: 7, gid: 8)
        try tmp.setPermissions(0o1777)
        try tmp.setAttribute("user.mark", [1, 2])
        try lower.openDirectory().setPermissions(0o700)
        try inheritAttributes(
            [[], Array("tmp".utf8), Array("tmp/x".utf8), Array("gone".utf8)], of: upper.openDirectory(), from: [lower.openDirectory()])
        let status = try (upper / "tmp").status()
        #expect(try upper.status().permissions == 0o700)
        #expect(status.permissions == 0o1777)
        #expect(status.uid == 7 && status.gid == 8)
        #expect(try (upper / "tmp").openDirectory().attribute("user.mark") == [1, 2])
    }

    @Test("owners, devices and capabilities", .enabled(if: geteuid() == 0)) func privileged() throws {
        let capability: [UInt8] = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        try Self.unpack { tar in
            tar.pax([("SCHILY.xattr.security.capability", capability), ("SCHILY.xattr.trusted.overlay.opaque", [0x79])])
            tar.add("0", Array("bin/ping".utf8), mode: 0o755, uid: 100_000, gid: 65534, data: [1])
            tar.add("3", Array("dev/null".utf8), mode: 0o666, uid: 1, gid: 2, device: (1, 3))
            tar.add("4", Array("dev/sda".utf8), mode: 0o660, uid: 0, gid: 6, device: (8, 0))
            tar.add("0", Array("su".utf8), mode: 0o6755, uid: 5, gid: 6)
            tar.add("2", Array("link".utf8), link: Array("su".utf8), uid: 9, gid: 9)
        } check: { root, summary throws -> Void in
            let file = try root.open("bin/ping")
            #expect(try file.attribute("security.capability") == capability)
            #expect(try file.attribute("trusted.overlay.opaque") == nil)
            #expect(try file.status().uid == 100_000)
            let null = try root.status("dev/null")
            #expect(null.kind == .characterDevice && null.deviceMajor == 1 && null.deviceMinor == 3)
            #expect(null.permissions == 0o666 && null.uid == 1 && null.gid == 2)
            #expect(try root.status("dev/sda").kind == .blockDevice)
            #expect(try root.status("su").permissions == 0o6755)
            #expect(try root.status("link", followingLast: false).uid == 9)
            #expect(summary.skippedAttributes == 1)
        }
    }

    @Test("whiteouts take overlay's form, in any order", .enabled(if: geteuid() == 0)) func whiteouts() throws {
        let opaque = "trusted.overlay.opaque"
        try Self.unpack { tar in
            tar.file("a/.wh.gone")
            tar.file("o/.wh..wh..opq")
            tar.file("o/new")
            tar.file("before/.wh.d")
            tar.file("before/d/f")
            tar.file("after/d/f")
            tar.file("after/.wh.d")
            tar.file("entry/.wh.d")
            tar.directory("entry/d")
            tar.file("file/x", "mine")
            tar.file("file/.wh.x")
            tar.file("again/.wh.x")
            tar.file("again/x", "mine")
        } check: { root, _ throws -> Void in
            let gone = try root.status("a/gone")
            #expect(gone.kind == .characterDevice && gone.deviceMajor == 0 && gone.deviceMinor == 0)
            for path in ["o", "before/d", "after/d", "entry/d"] {
                #expect(try root.open(path, [.read, .directory]).attribute(opaque) == [UInt8(ascii: "y")], "\(path)")
            }
            #expect(try root.status("before/d/f").kind == .regular)
            #expect(try root.status("after/d/f").kind == .regular)
            #expect(try root.readAll("file/x", limit: 10) == Array("mine".utf8))
            #expect(try root.readAll("again/x", limit: 10) == Array("mine".utf8))
        }
    }

    @Test("whiteout names as they are, for those who want no layers") func literal() throws {
        let fixture = try BreakoutFixture()
        defer { fixture.folder.remove() }
        var tar = TarBuilder()
        tar.file(".wh.x", "data")
        try fixture.extract(tar, whiteouts: .literal)
        #expect(try (fixture.root / ".wh.x").read(limit: 10) == Array("data".utf8))
    }
}
