// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A layer over two threads: every byte is seen once and in order, and whatever fails on either side, both end.

import Glibc
import Testing
import WharfArchive
import WharfLinux
import WharfTestKit

/// Waits for ever behind its bytes, until it is stopped.
private final class StallingSource: StoppableSource, @unchecked Sendable {
    private let bytes: [UInt8]
    private var position = 0
    private let signal = ThreadSignal()
    private var isStopped = false

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        if position < bytes.count {
            let part = bytes[position...].prefix(buffer.count)
            buffer.copyBytes(from: part)
            position += part.count
            return part.count
        }
        signal.withLock { while !isStopped { signal.wait() } }
        throw .truncated("stopped")
    }

    func stop() {
        signal.withLock {
            isStopped = true
            signal.broadcast()
        }
    }
}

@Suite("layers over two threads") struct LayerUnpackerTests {
    private static let big = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }

    private static func archive() -> [UInt8] {
        var tar = TarBuilder()
        tar.directory("d")
        for index in 0..<200 { tar.file("d/f\(index)", "file \(index)") }
        tar.add("0", Array("d/big".utf8), data: big)
        tar.symlink("l", "d/f1")
        return tar.finish()
    }

    private static func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
        let sink = ArraySink()
        let gzip = GzipSink(sink)
        try gzip.write(bytes)
        try gzip.finish()
        return sink.bytes
    }

    /// What an observer saw; only touched when the unpacking is over.
    private final class Seen: @unchecked Sendable { var bytes: [UInt8] = [] }

    @Test("the tree is there and every byte was seen once", arguments: [false, true]) func whole(_ isCompressed: Bool) throws {
        let fixture = try BreakoutFixture()
        defer { fixture.folder.remove() }
        // Bytes behind the archive's end belong to the layer's digest.
        let bytes = Self.archive() + [UInt8](repeating: 0, count: 9000)
        let seen = Seen()
        let layer = try LayerUnpacker.unpack(
            ArraySource(isCompressed ? Self.gzip(bytes) : bytes), into: fixture.root.openDirectory()
        ) { seen.bytes.append(contentsOf: $0) }
        #expect(seen.bytes == bytes)
        #expect(layer.archiveBytes == Int64(bytes.count))
        #expect(layer.compression == (isCompressed ? .gzip : .none))
        #expect(layer.summary.entries == 203)
        #expect(try (fixture.root / "d/big").read(limit: 4 << 20) == Self.big)
        #expect(try (fixture.root / "d/f199").read(limit: 100) == Array("file 199".utf8))
    }

    @Test("an error of the stream comes out, after what stood before it") func cutStream() throws {
        let fixture = try BreakoutFixture()
        defer { fixture.folder.remove() }
        let packed = try Self.gzip(Self.archive())
        let error = #expect(throws: ArchiveError.self) {
            _ = try LayerUnpacker.unpack(ArraySource(Array(packed.dropLast(100))), into: fixture.root.openDirectory())
        }
        #expect(error?.description.contains("cut off") == true)
    }

    @Test("a bad entry ends the thread that waits for bytes nobody wants") func stalled() throws {
        let fixture = try BreakoutFixture()
        defer { fixture.folder.remove() }
        var tar = TarBuilder()
        tar.file("../evil")
        // More than the pipeline holds, so that the entry is read before the stream stalls.
        let bytes = tar.bytes + [UInt8](repeating: 0, count: 6 << 20)
        let error = #expect(throws: ArchiveError.self) {
            _ = try LayerUnpacker.unpack(StallingSource(bytes), into: fixture.root.openDirectory())
        }
        #expect(error?.description.contains("leads out of the root") == true)
    }

    @Test("what is no archive is refused", arguments: ["", "text", String(repeating: "text", count: 1000)]) func text(_ text: String) throws
    {
        let fixture = try BreakoutFixture()
        defer { fixture.folder.remove() }
        #expect(throws: ArchiveError.self) {
            _ = try LayerUnpacker.unpack(ArraySource(Array(text.utf8)), into: fixture.root.openDirectory())
        }
    }

    @Test("an empty layer is one") func empty() throws {
        let fixture = try BreakoutFixture()
        defer { fixture.folder.remove() }
        let layer = try LayerUnpacker.unpack(ArraySource([UInt8](repeating: 0, count: 1024)), into: fixture.root.openDirectory())
        #expect(layer.summary.entries == 0)
    }
}
