// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// bzip2 by libbz2. Streams may follow each other, as parallel compressors write them.

import CBzip2

/// A bzip2 stream, decompressed.
final class Bzip2Source: ByteSource {
    private let source: any ByteSource
    private let stream: UnsafeMutablePointer<bz_stream>
    private let input: UnsafeMutableRawBufferPointer
    /// Between two streams: another one or the end may follow.
    private var isBetween = true
    private var isAtEnd = false

    init(_ source: any ByteSource) {
        self.source = source
        stream = .allocate(capacity: 1)
        stream.initialize(to: bz_stream())
        input = .allocate(byteCount: 1 << 17, alignment: 16)
    }

    deinit {
        // Harmless for a stream that was never begun.
        BZ2_bzDecompressEnd(stream)
        stream.deallocate()
        input.deallocate()
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        guard let base = buffer.baseAddress, !buffer.isEmpty else { return 0 }
        let room = UInt32(clamping: buffer.count)
        while !isAtEnd {
            if stream.pointee.avail_in == 0, try !refill() {
                guard isBetween else { throw .truncated("the bzip2 stream is cut off") }
                isAtEnd = true
                break
            }
            if isBetween { try begin() }
            stream.pointee.next_out = base.assumingMemoryBound(to: CChar.self)
            stream.pointee.avail_out = room
            let code = BZ2_bzDecompress(stream)
            if code == BZ_STREAM_END {
                isBetween = true
                BZ2_bzDecompressEnd(stream)
            } else {
                try Self.check(code)
            }
            let count = Int(room - stream.pointee.avail_out)
            if count > 0 { return count }
        }
        return 0
    }

    /// Fetches input; false at the end of the stream below.
    private func refill() throws(ArchiveError) -> Bool {
        let count = try source.read(into: input)
        stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: CChar.self)
        stream.pointee.avail_in = UInt32(count)
        return count > 0
    }

    private func begin() throws(ArchiveError) {
        try Self.check(BZ2_bzDecompressInit(stream, 0, 0))
        isBetween = false
    }

    private static func check(_ code: Int32) throws(ArchiveError) {
        switch code {
        case BZ_OK: return
        case BZ_MEM_ERROR: throw .limit("no memory for bzip2")
        case BZ_DATA_ERROR_MAGIC: throw .malformed("something that is not bzip2 stands in the bzip2 stream")
        default: throw .malformed("the bzip2 stream is damaged")
        }
    }
}
