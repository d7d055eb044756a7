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

    private static func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex.utf8)
        return stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(decoding: digits[$0..<($0 + 2)], as: UTF8.self), radix: 16)
        }
    }

    /// "hello, xz " twenty times, by xz -6 and by bzip2 -9; then by xz with a dictionary of 512 MiB.
    private static let xz = bytes(
        """
        fd377a585a000004e6d6b4460200210116000000742fe5a3e000c700115d00341949ee8def8c6bed38903c49c7e0000000000000434a6e9cf41cce77\
        00012dc8010000004a06be19b1c467fb020000000004595a
        """)
    private static let bzip2 = bytes(
        "425a68393141592653596bcdc8da00003191804004024480502000310c080a5401e2649d2709b2709d1324f13e2ee48a70a120d79b91b4")
    private static let greedyXZ = bytes(
        """
        fd377a585a000004e6d6b44602002101220000008240acdce000c700115d00341949db855cd1d459d419e83bf2f3000000000000434a6e9cf41cce77\
        00012dc8010000004a06be19b1c467fb020000000004595a
        """)
    private static let packedText = Array(String(repeating: "hello, xz ", count: 20).utf8)

    @Test("xz and bzip2, alone, behind each other, byte by byte", arguments: [Compression.xz, .bzip2])
    func others(_ compression: Compression) throws {
        let packed = compression == .xz ? Self.xz : Self.bzip2
        #expect(try DecompressedSource(ArraySource(packed)).compression == compression)
        #expect(try Self.read(ArraySource(packed)) == Self.packedText)
        #expect(try Self.read(TricklingSource(packed + packed)) == Self.packedText + Self.packedText)
        for length in 12..<packed.count {
            #expect(throws: ArchiveError.self, "\(length)") { _ = try Self.read(ArraySource(Array(packed.prefix(length)))) }
        }
        for offset in 20..<packed.count - 4 {
            var damaged = packed
            damaged[offset] ^= 0x10
            let result = Result { try Self.read(ArraySource(damaged)) }
            if case .success(let bytes) = result { #expect(bytes == Self.packedText, "\(offset)") }
        }
        #expect(throws: ArchiveError.self) { _ = try Self.read(ArraySource(packed + Array("garbage!".utf8))) }
    }

    @Test("an xz stream whose dictionary takes too much memory") func greedy() throws {
        let error = #expect(throws: ArchiveError.self) { _ = try Self.read(ArraySource(Self.greedyXZ)) }
        #expect(error?.description.contains("more than 128 MiB") == true)
    }

    @Test("a zstd stream whose window takes too much memory") func greedyZstd() throws {
        // A frame header with a window of 2^30 and one empty last block.
        let error = #expect(throws: ArchiveError.self) { _ = try Self.read(ArraySource([0x28, 0xB5, 0x2F, 0xFD, 0x00, 0xA0, 1, 0, 0])) }
        #expect(error?.description.contains("memory") == true, "\(error?.description ?? "no error")")
    }

    /// 199,400 fills the reader's buffers to the last byte: the end of the stream was then taken for a cut.
    @Test("zstd there and back", arguments: [0, 1, 199_400, 200_000]) func zstdRoundTrip(_ count: Int) throws {
        let bytes = Array(Self.text.prefix(count))
        func pack() throws -> [UInt8] {
            let sink = ArraySink()
            let zstd = try ZstdSink(sink)
            try zstd.write(bytes)
            try zstd.finish()
            return sink.bytes
        }
        let packed = try pack()
        #expect(try Self.read(ArraySource(packed)) == bytes)
        #expect(try pack() == packed)
    }

    @Test("a stream may grow so many times, and not once more") func expansion() throws {
        let packed = try Self.gzip([UInt8](repeating: 0, count: 1_000_000))
        func read(_ limit: ExpansionLimit) throws -> Int64 {
            let stream = try DecompressedSource(ArraySource(packed), limit: limit)
            try stream.drain()
            return stream.count
        }
        let ratio = Int64(1_000_000 / packed.count)
        #expect(try read(ExpansionLimit(free: 0, ratio: ratio + 1)) == 1_000_000)
        #expect(try read(ExpansionLimit(free: 1_000_000, ratio: 1)) == 1_000_000)
        let error = #expect(throws: ArchiveError.self) { _ = try read(ExpansionLimit(free: 999_999, ratio: ratio / 2)) }
        #expect(error?.description.contains("times as large") == true)
    }

    @Test("the same bytes give the same gzip stream") func deterministic() throws {
        #expect(try Self.gzip(Self.text) == Self.gzip(Self.text))
        // No time and no name in the header: they would give one layer many digests.
        #expect(try Self.gzip([1]).prefix(8) == [0x1F, 0x8B, 8, 0, 0, 0, 0, 0])
    }
}
