// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the reader understands, and what it says about archives that break the rules.

import Testing
import WharfArchive

@Suite("tar reader") struct TarReaderTests {
    @Test("fields of a plain entry") func plain() throws {
        var tar = TarBuilder()
        tar.add("0", Array("etc/passwd".utf8), mode: 0o4755, uid: 1000, gid: 2000, data: Array("root".utf8))
        let (entry, data) = try #require(try TarReader(TricklingSource(tar.finish())).all().first)
        #expect(entry.name == Array("etc/passwd".utf8))
        #expect(entry.kind == .file)
        #expect(entry.permissions == 0o4755)
        #expect(entry.uid == 1000 && entry.gid == 2000)
        #expect(entry.size == 4)
        #expect(entry.modifiedSeconds == 1_700_000_000)
        #expect(data == Array("root".utf8))
    }

    @Test("kinds") func kinds() throws {
        var tar = TarBuilder()
        tar.directory("d/")
        tar.symlink("s", "target")
        tar.hardLink("h", "f")
        tar.add("3", Array("c".utf8), device: (1, 3))
        tar.add("4", Array("b".utf8), device: (8, 1))
        tar.add("6", Array("p".utf8))
        tar.add("7", Array("contiguous".utf8), data: [1])
        #expect(
            try entries(tar.finish()).map(\.kind) == [
                .directory, .symlink, .hardLink, .characterDevice(major: 1, minor: 3), .blockDevice(major: 8, minor: 1), .fifo, .file,
            ])
    }

    @Test("V7 entries: no magic, a slash makes a directory") func v7() throws {
        var tar = TarBuilder()
        tar.add("\0", Array("dir/".utf8)) { $0.replaceSubrange(257..<265, with: [UInt8](repeating: 0, count: 8)) }
        tar.add("\0", Array("file".utf8), data: [7]) { $0.replaceSubrange(257..<265, with: [UInt8](repeating: 0, count: 8)) }
        #expect(try entries(tar.finish()).map(\.kind) == [.directory, .file])
    }

    @Test("ustar's prefix") func prefix() throws {
        var tar = TarBuilder()
        tar.add("0", Array("name".utf8)) { $0.replaceSubrange(345..<348, with: Array("a/b".utf8)) }
        #expect(try entries(tar.finish()).first?.name == Array("a/b/name".utf8))
    }

    @Test("GNU's magic has no prefix") func gnuPrefix() throws {
        var tar = TarBuilder()
        tar.add("0", Array("name".utf8)) { header in
            header.replaceSubrange(257..<265, with: Array("ustar  \u{0}".utf8))
            header.replaceSubrange(345..<348, with: Array("123".utf8))
        }
        #expect(try entries(tar.finish()).first?.name == Array("name".utf8))
    }

    @Test("GNU long name and link") func longNames() throws {
        let name = Array((String(repeating: "d/", count: 300) + "file").utf8)
        let link = Array(String(repeating: "t", count: 400).utf8)
        var tar = TarBuilder()
        tar.add("L", Array("././@LongLink".utf8), data: name + [0])
        tar.add("K", Array("././@LongLink".utf8), data: link + [0])
        tar.add("2", Array("cut".utf8), link: Array("cut".utf8))
        tar.file("next")
        let all = try entries(tar.finish())
        #expect(all.map(\.name) == [name, Array("next".utf8)])
        #expect(all.first?.linkName == link)
    }

    @Test("pax overrides header and long name") func pax() throws {
        var tar = TarBuilder()
        tar.add("L", Array("././@LongLink".utf8), data: Array("gnu".utf8) + [0])
        tar.pax([
            ("path", [0xFF, 0xFE]), ("size", Array("3".utf8)), ("uid", Array("3000000".utf8)), ("mtime", Array("-1.25".utf8)),
            ("SCHILY.xattr.user.a", [0, 1, 2]), ("LIBARCHIVE.xattr.user.b%20c", Array("aGk=".utf8)),
        ])
        tar.add("0", Array("header".utf8), data: [1, 2, 3], size: 9)
        tar.file("after")
        let all = try TarReader(ArraySource(tar.finish())).all()
        let entry = try #require(all.first?.0)
        #expect(entry.name == [0xFF, 0xFE])
        #expect(entry.uid == 3_000_000)
        #expect(entry.modifiedSeconds == -2)
        #expect(entry.modifiedNanoseconds == 750_000_000)
        #expect(
            entry.attributes == [
                .init(name: Array("user.a".utf8), value: [0, 1, 2]), .init(name: Array("user.b c".utf8), value: Array("hi".utf8)),
            ])
        #expect(all.map(\.1) == [[1, 2, 3], []])
    }

    @Test("a global pax header changes nothing") func globalPax() throws {
        var tar = TarBuilder()
        tar.pax([("comment", Array("abc".utf8))], type: "g")
        tar.file("a")
        #expect(try entries(tar.finish()).map(\.name) == [Array("a".utf8)])
    }

    @Test("base-256 numbers") func binaryNumbers() throws {
        var tar = TarBuilder()
        tar.add("0", Array("a".utf8)) { header in
            header.replaceSubrange(108..<116, with: [0x80, 0, 0, 0, 0x12, 0x34, 0x56, 0x78])
            header.replaceSubrange(136..<148, with: [UInt8](repeating: 0xFF, count: 12))
        }
        let entry = try #require(try entries(tar.finish()).first)
        #expect(entry.uid == 0x1234_5678)
        #expect(entry.modifiedSeconds == -1)
    }

    @Test("an archive without its final blocks, and one with bytes behind them") func ends() throws {
        var tar = TarBuilder()
        tar.file("a", "x")
        #expect(try entries(tar.bytes).count == 1)
        #expect(try entries(tar.finish() + [1, 2, 3]).count == 1)
        #expect(try entries([]).isEmpty)
        #expect(try entries([UInt8](repeating: 0, count: 512)).isEmpty)
    }

    @Test(
        "refused archives",
        arguments: [
            ("checksum", "checksum"), ("digit", "not a number"), ("cut header", "header is cut off"), ("cut data", "cut off"),
            ("negative size", "negative size"), ("huge size", "too large"), ("uid", "out of range"), ("pax uid", "out of range"),
            ("pax length", "wrong length"), ("pax huge length", "wrong length"), ("pax no value", "no value"), ("pax NUL", "NUL"),
            ("pax alone", "without its entry"), ("pax size", "not a number"), ("pax giant", "metadata"), ("pax sparse", "has no size"),
            ("sparse version", "version 2.7"), ("sparse overlap", "not in order"), ("sparse beyond", "not in order"),
            ("sparse stored", "not what is stored"), ("sparse map", "no number"), ("sparse cut", "cut off"),
            ("sparse turns", "not in order"), ("volume", "volume"), ("type", "unknown type"), ("device", "out of range"), ("hole", "zeros"),
            ("long name", "longer than"), ("attribute name", "attribute name"),
        ])
    func refused(_ name: String, _ reason: String) throws {
        let bytes = Self.bad(name)
        let error = #expect(throws: ArchiveError.self) { _ = try TarReader(ArraySource(bytes)).all() }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "no error")")
    }

    @Test("limits on entries and bytes") func limits() throws {
        var tar = TarBuilder()
        for index in 0..<5 { tar.file("f\(index)", "12345") }
        #expect(
            try TarReader(ArraySource(tar.finish()), limits: ArchiveLimits(entries: 5, bytes: 25, metadata: 0)).all().count == 5,
            "exactly at the limits")
        let many = #expect(throws: ArchiveError.self) {
            _ = try TarReader(ArraySource(tar.finish()), limits: ArchiveLimits(entries: 4, bytes: 1000, metadata: 1000)).all()
        }
        #expect(many?.description.contains("more than 4 entries") == true)
        let large = #expect(throws: ArchiveError.self) {
            _ = try TarReader(ArraySource(tar.finish()), limits: ArchiveLimits(entries: 9, bytes: 24, metadata: 1000)).all()
        }
        #expect(large?.description.contains("more than 24 bytes") == true)
    }

    @Test("no prefix and no flipped bit of an archive makes the reader fail in another way than by an error") func prefixes() throws {
        var tar = TarBuilder()
        tar.pax([("path", Array("long".utf8)), ("SCHILY.xattr.user.x", [1])])
        tar.file("a", "hello")
        tar.symlink("s", "t")
        let whole = tar.finish()
        for length in stride(from: 0, to: whole.count, by: 7) {
            _ = try? TarReader(ArraySource(Array(whole.prefix(length)))).all()  // either result is right
        }
        for index in stride(from: 0, to: whole.count, by: 3) {
            var changed = whole
            changed[index] ^= 0x5A
            _ = try? TarReader(ArraySource(changed)).all()  // either result is right
        }
    }

    private static func bad(_ name: String) -> [UInt8] {
        var tar = TarBuilder()
        let file = Array("f".utf8)
        switch name {
        case "checksum":
            tar.file("f")
            var bytes = tar.finish()
            bytes[0] = UInt8(ascii: "g")
            return bytes
        case "digit": tar.add("0", file) { $0[101] = UInt8(ascii: "9") }
        case "cut header":
            tar.file("f")
            return tar.bytes + [1, 2, 3]
        case "cut data":
            tar.add("0", file, size: 5000)
            return tar.bytes
        case "negative size": tar.add("0", file) { $0.replaceSubrange(124..<136, with: [UInt8](repeating: 0xFF, count: 12)) }
        case "huge size": tar.add("0", file) { $0.replaceSubrange(124..<136, with: [0x80] + [UInt8](repeating: 0x7F, count: 11)) }
        case "uid": tar.add("0", file) { $0.replaceSubrange(108..<116, with: [0x80, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]) }
        case "pax uid":
            tar.pax([("uid", Array("4294967296".utf8))])
            tar.file("f")
        case "pax length": tar.add("x", file, data: Array("99 path=a\n".utf8))
        case "pax huge length": tar.add("x", file, data: Array("99999999999999999999 path=a\n".utf8))
        case "pax no value": tar.add("x", file, data: Array("8 path\n\n".utf8))
        case "pax NUL":
            tar.pax([("path", [65, 0, 66])])
            tar.file("f")
        case "pax alone": tar.pax([("path", [65])])
        case "pax size":
            tar.pax([("size", Array("-1".utf8))])
            tar.file("f")
        case "pax giant": tar.add("x", file, size: 2 << 20)
        case "sparse version":
            tar.pax([("GNU.sparse.major", Array("2".utf8)), ("GNU.sparse.minor", Array("7".utf8))])
            tar.file("f")
        case "sparse overlap":
            tar.pax([("GNU.sparse.size", Array("100".utf8)), ("GNU.sparse.map", Array("0,5,4,5".utf8))])
            tar.file("f", "0123456789")
        case "sparse beyond":
            tar.pax([("GNU.sparse.size", Array("9".utf8)), ("GNU.sparse.map", Array("5,5".utf8))])
            tar.file("f", "01234")
        case "sparse stored":
            tar.pax([("GNU.sparse.size", Array("100".utf8)), ("GNU.sparse.map", Array("5,5".utf8))])
            tar.file("f", "0123")
        case "sparse map":
            tar.pax([("GNU.sparse.major", [0x31]), ("GNU.sparse.minor", [0x30]), ("GNU.sparse.realsize", [0x39])])
            tar.file("f", "1\nx\n5\n" + String(repeating: "\0", count: 512))
        case "sparse cut":
            tar.pax([("GNU.sparse.major", [0x31]), ("GNU.sparse.minor", [0x30]), ("GNU.sparse.realsize", [0x39])])
            tar.file("f", "9\n")
        case "sparse turns":
            tar.pax([("GNU.sparse.offset", [0x30]), ("GNU.sparse.offset", [0x31])])
            tar.file("f")
        case "pax sparse":
            tar.pax([("GNU.sparse.major", Array("1".utf8))])
            tar.file("f")
        case "volume": tar.add("M", file)
        case "type": tar.add("Z", file)
        case "device": tar.add("3", file) { $0.replaceSubrange(329..<337, with: Array("7777777\0".utf8)) }
        case "hole":
            tar.raw([UInt8](repeating: 0, count: 512))
            tar.file("f")
        case "long name":
            tar.add("L", file, data: [UInt8](repeating: 65, count: 5000))
            tar.file("f")
        default:
            tar.pax([("SCHILY.xattr.", [1])])
            tar.file("f")
        }
        return tar.finish()
    }
}
