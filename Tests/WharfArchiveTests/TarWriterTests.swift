// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The writer: what it writes the reader reads, and the same entries give the same bytes.

import Testing
import WharfArchive
import WharfLinux

@Suite("tar writer") struct TarWriterTests {
    private static let samples: [TarEntry] = [
        TarEntry(Array("plain".utf8), permissions: 0o755, uid: 1, gid: 2, modifiedSeconds: 1_600_000_000),
        TarEntry(Array(String(repeating: "d/", count: 60).utf8) + Array("split".utf8)),
        TarEntry(Array(String(repeating: "x", count: 250).utf8)),
        TarEntry([0xC3, 0x28, 0x0A, 0xFF]),
        TarEntry(Array("dir/".utf8), kind: .directory, permissions: 0o1777),
        TarEntry(Array("link".utf8), kind: .symlink, linkName: Array(String(repeating: "t", count: 300).utf8)),
        TarEntry(Array("hard".utf8), kind: .hardLink, linkName: Array("plain".utf8)),
        TarEntry(Array("null".utf8), kind: .characterDevice(major: 1, minor: 3)),
        TarEntry(Array("disk".utf8), kind: .blockDevice(major: 259, minor: 70000)),
        TarEntry(Array("pipe".utf8), kind: .fifo),
        TarEntry(Array("owner".utf8), uid: 4_000_000_000, gid: 3_000_000),
        TarEntry(Array("old".utf8), modifiedSeconds: -5, modifiedNanoseconds: 250_000_000),
        TarEntry(Array("far".utf8), modifiedSeconds: 1 << 34, modifiedNanoseconds: 1),
        TarEntry(
            Array("caps".utf8),
            attributes: [
                .init(name: Array("security.capability".utf8), value: [1, 0, 0, 2, 0, 10]), .init(name: Array("user.x".utf8), value: []),
            ]),
    ]

    private static func write(_ entries: [TarEntry], data: [UInt8] = []) throws -> [UInt8] {
        let sink = ArraySink()
        let writer = TarWriter(sink)
        for entry in entries { try writer.append(entry, data: entry.kind == .file ? data : []) }
        try writer.finish()
        return sink.bytes
    }

    @Test("every entry comes back", arguments: samples.indices) func roundTrip(_ index: Int) throws {
        let data = Array("data of an entry".utf8)
        let archive = try Self.write([Self.samples[index]], data: data)
        let all = try TarReader(TricklingSource(archive)).all()
        var expected = Self.samples[index]
        if expected.kind == .file { expected.size = Int64(data.count) }
        #expect(all.map(\.0) == [expected])
        #expect(all.map(\.1) == [expected.kind == .file ? data : []])
    }

    @Test("all entries in one archive, twice the same bytes") func together() throws {
        let archive = try Self.write(Self.samples)
        #expect(try entries(archive).map(\.name) == Self.samples.map(\.name))
        #expect(try Self.write(Self.samples) == archive)
    }

    @Test("too much and too little data") func sizes() throws {
        let writer = TarWriter(ArraySink())
        try writer.append(TarEntry(Array("a".utf8), size: 2))
        #expect(throws: ArchiveError.self) {
            try [UInt8](repeating: 0, count: 3).withRawBytes { bytes throws(ArchiveError) -> Void in try writer.write(bytes) }
        }
        #expect(throws: ArchiveError.self) { try writer.finish() }
    }
}
