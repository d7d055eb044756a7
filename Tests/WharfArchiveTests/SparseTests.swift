// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Sparse files in all four forms: the same file comes out, its holes are holes on the disk, and readers that know nothing of
// holes see zeros.

import Glibc
import Testing
import WharfArchive
import WharfLinux
import WharfTestKit

@Suite("sparse files") struct SparseTests {
    enum Form: String, CaseIterable, Sendable { case header, records, record, lines }

    /// 3 MiB: a hole, "first", a hole of a MiB, "second", a hole.
    private static let size = 3 << 20
    private static let segments = [(65536, Array("first".utf8)), (1 << 20, Array("second".utf8))]

    private static var whole: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: size)
        for (offset, data) in segments { bytes.replaceSubrange(offset..<(offset + data.count), with: data) }
        return bytes
    }

    private static func build(_ form: Form) -> TarBuilder {
        var tar = TarBuilder()
        let data = segments.flatMap(\.1)
        func text(_ number: Int) -> [UInt8] { Array(String(number).utf8) }
        switch form {
        case .header:
            // More segments than the header holds: empty ones fill it up.
            var map = segments.map { ($0.0, $0.1.count) }
            for index in 0..<30 { map.append((2 << 20 + index, 0)) }
            var more: [UInt8] = []
            for start in stride(from: 4, to: map.count, by: 21) {
                var block = map[start..<min(start + 21, map.count)].flatMap { octal($0.0) + octal($0.1) }
                block +=
                    [UInt8](repeating: 0, count: 504 - block.count) + [start + 21 < map.count ? 1 : 0] + [UInt8](repeating: 0, count: 7)
                more += block
            }
            tar.add("S", Array("f".utf8), size: data.count) { header in
                for (index, (offset, count)) in map.prefix(4).enumerated() {
                    header.replaceSubrange((386 + 24 * index)..<(410 + 24 * index), with: octal(offset) + octal(count))
                }
                header[482] = 1
                header.replaceSubrange(483..<495, with: octal(size))
                header.replaceSubrange(257..<265, with: Array("ustar  \0".utf8))
            }
            tar.raw(more + data + [UInt8](repeating: 0, count: 512 - data.count))
        case .records:
            var records = [("GNU.sparse.size", text(size)), ("GNU.sparse.numblocks", text(segments.count))]
            for (offset, data) in segments {
                records += [("GNU.sparse.offset", text(offset)), ("GNU.sparse.numbytes", text(data.count))]
            }
            tar.pax(records)
            tar.add("0", Array("f".utf8), data: data)
        case .record:
            let map = segments.map { "\($0.0),\($0.1.count)" }.joined(separator: ",")
            tar.pax([("GNU.sparse.size", text(size)), ("GNU.sparse.name", Array("f".utf8)), ("GNU.sparse.map", Array(map.utf8))])
            tar.add("0", Array("GNUSparseFile.1/f".utf8), data: data)
        case .lines:
            tar.pax([
                ("GNU.sparse.major", text(1)), ("GNU.sparse.minor", text(0)), ("GNU.sparse.name", Array("f".utf8)),
                ("GNU.sparse.realsize", text(size)),
            ])
            let lines = Array("\(segments.count)\n".utf8) + segments.flatMap { Array("\($0.0)\n\($0.1.count)\n".utf8) }
            let map = lines + [UInt8](repeating: 0, count: 512 - lines.count)
            tar.add("0", Array("GNUSparseFile.1/f".utf8), data: map + data)
        }
        tar.file("next", "after")
        return tar
    }

    private static func octal(_ value: Int) -> [UInt8] {
        let digits = String(value, radix: 8)
        return Array((String(repeating: "0", count: 11 - digits.utf8.count) + digits).utf8) + [0]
    }

    @Test("holes are zeros for a plain reader", arguments: Form.allCases) func read(_ form: Form) throws {
        let reader = TarReader(TricklingSource(Self.build(form).finish()))
        let entry = try #require(try reader.next())
        #expect(entry.name == Array("f".utf8))
        #expect(entry.size == Int64(Self.size) && entry.isSparse)
        #expect(try reader.readAll(limit: 4 << 20) == Self.whole)
        let next = try #require(try reader.next())
        #expect(next.name == Array("next".utf8) && !next.isSparse)
        #expect(try reader.readAll(limit: 10) == Array("after".utf8))
    }

    @Test("holes are holes on the disk", arguments: Form.allCases) func extract(_ form: Form) throws {
        let fixture = try BreakoutFixture()
        defer { fixture.folder.remove() }
        try fixture.extract(Self.build(form))
        let status = try (fixture.root / "f").status()
        #expect(status.size == Int64(Self.size))
        #expect(status.blocks * 512 < 1 << 20)
        #expect(try (fixture.root / "f").read(limit: 4 << 20) == Self.whole)
        #expect(try (fixture.root / "next").read(limit: 10) == Array("after".utf8))
    }

    @Test("what GNU tar makes of a sparse file", arguments: ["gnu", "0.0", "0.1", "1.0"]) func gnuTar(_ version: String) async throws {
        let fixture = try BreakoutFixture()
        defer { fixture.folder.remove() }
        let file = try RootFD(fixture.outside.openDirectory()).create("big", permissions: 0o644)
        for (offset, data) in Self.segments {
            try file.seek(to: Int64(offset))
            try file.writeAll(data)
        }
        try file.truncate(to: Int64(Self.size))
        let format = version == "gnu" ? ["--format=gnu"] : ["--format=posix", "--sparse-version=\(version)"]
        let archive = fixture.folder.path("sparse.tar")
        try await CommandLine.run("tar", ["-C", fixture.outside.description, "-S"] + format + ["-cf", archive, "big"]).expecting()
        let source = DescriptorSource(try HostPath(archive).open([.read]))
        let reader = TarReader(source)
        #expect(try Extractor(fixture.root.openDirectory()).extract(reader).bytes == Int64(Self.size))
        #expect(try (fixture.root / "big").read(limit: 4 << 20) == Self.whole)
        #expect(try (fixture.root / "big").status().blocks * 512 < 1 << 20)
    }
}
