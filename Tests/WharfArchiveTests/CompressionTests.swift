// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Compressions: told by their first bytes, read in pieces of any size, damaged and cut streams noticed.

import Testing
import WharfArchive
import WharfLinux

@Suite("compression") struct CompressionTests {
    private static func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
        let sink = ArraySink()
        let gzip = GzipSink(sink)
        try gzip.write(bytes)
        try gzip.finish()
        return sink.bytes
    }

    private static func read(_ source: any ByteSource) throws -> [UInt8] {
        let stream = try DecompressedSource(source)
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 997)
        while true {
            let count = try buffer.withMutableRawBytes { buffer throws(ArchiveError) -> Int in try stream.read(into: buffer) }
            if count == 0 { return result }
            result += buffer[..<count]
        }
    }

    private static let text = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* $0 / 7) }

    @Test("detection") func detection() {
        #expect(Compression.detect([0x1F, 0x8B, 0x08, 0]) == .gzip)
        #expect(Compression.detect([0x28, 0xB5, 0x2F, 0xFD]) == .zstd)
        #expect(Compression.detect([0x51, 0x2A, 0x4D, 0x18]) == .zstd)
        #expect(Compression.detect([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]) == .xz)
        #expect(Compression.detect(Array("BZh91AY&SY".utf8)) == .bzip2)
        #expect(Compression.detect(Array("BZh is a name".utf8)) == .none)
        #expect(Compression.detect([UInt8]()) == .none)
    }

    @Test("gzip there and back", arguments: [0, 1, 100_000, 200_000]) func gzipRoundTrip(_ count: Int) throws {
        let bytes = Array(Self.text.prefix(count))
        let packed = try Self.gzip(bytes)
        #expect(try Self.read(ArraySource(packed)) == bytes)
        if count <= 1 { #expect(try Self.read(TricklingSource(packed)) == bytes) }
    }

    @Test("gzip members behind each other, padded with zeros") func members() throws {
        let packed = try Self.gzip(Array("one ".utf8)) + Self.gzip(Array("two".utf8)) + [0, 0, 0, 0]
        #expect(try Self.read(ArraySource(packed)) == Array("one two".utf8))
        #expect(try Self.read(TricklingSource(packed)) == Array("one two".utf8))
    }

    @Test("a cut gzip stream is an error at every length") func cutGzip() throws {
        let packed = try Self.gzip(Array(Self.text.prefix(3000)))
        for length in stride(from: 3, to: packed.count, by: 11) {
            #expect(throws: ArchiveError.self) { _ = try Self.read(ArraySource(Array(packed.prefix(length)))) }
        }
        #expect(throws: ArchiveError.self) { _ = try Self.read(ArraySource(Array(packed.dropLast()))) }
    }

    @Test("a damaged gzip stream is an error: checksum, length, garbage behind it") func damagedGzip() throws {
        let packed = try Self.gzip(Array(Self.text.prefix(3000)))
        for offset in 1...8 {
            var damaged = packed
            damaged[packed.count - offset] ^= 1
            #expect(throws: ArchiveError.self) { _ = try Self.read(ArraySource(damaged)) }
        }
        #expect(throws: ArchiveError.self) { _ = try Self.read(ArraySource(packed + [1])) }
    }

    @Test("zstd frames behind each other") func zstdFrames() throws {
        // Raw frames without a checksum: magic, single segment, size, last raw block.
        func frame(_ text: String) -> [UInt8] {
            let bytes = Array(text.utf8)
            let header = UInt32(bytes.count) << 3 | 1
            return [0x28, 0xB5, 0x2F, 0xFD, 0x20, UInt8(bytes.count)]
                + [UInt8(header & 0xFF), UInt8(header >> 8 & 0xFF), UInt8(header >> 16 & 0xFF)] + bytes
        }
        let packed = frame("hello ") + [0x50, 0x2A, 0x4D, 0x18, 2, 0, 0, 0, 9, 9] + frame("zstd")
        #expect(try Self.read(ArraySource(packed)) == Array("hello zstd".utf8))
        #expect(try Self.read(TricklingSource(packed)) == Array("hello zstd".utf8))
        #expect(throws: ArchiveError.self) { _ = try Self.read(ArraySource(Array(packed.dropLast()))) }
        #expect(throws: ArchiveError.self) { _ = try Self.read(ArraySource(packed + [1, 2, 3, 4])) }
    }

    @Test("formats that can't be read are named") func unsupported() throws {
        let xz = #expect(throws: ArchiveError.self) { _ = try Self.read(ArraySource([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, 0, 0, 0, 0])) }
        #expect(xz?.description.contains("xz") == true)
        let bzip2 = #expect(throws: ArchiveError.self) { _ = try Self.read(ArraySource(Array("BZh91AY&SY".utf8))) }
        #expect(bzip2?.description.contains("bzip2") == true)
    }
}
