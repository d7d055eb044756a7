// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// xz by liblzma. Streams may follow each other; a dictionary that needs more than 128 MiB is refused (xz -9 needs 65).

import CLZMA

/// An xz stream, decompressed.
final class XZSource: ByteSource {
    private let source: any ByteSource
    private let stream: UnsafeMutablePointer<lzma_stream>
    private let input: UnsafeMutableRawBufferPointer
    /// The stream below has nothing more.
    private var isDrained = false
    private var isAtEnd = false

    /// Bytes that decoding may take.
    private static let memoryLimit: UInt64 = 128 << 20
    /// LZMA_CONCATENATED, a macro that the importer leaves out.
    private static let concatenated: UInt32 = 0x08

    init(_ source: any ByteSource) throws(ArchiveError) {
        self.source = source
        stream = .allocate(capacity: 1)
        stream.initialize(to: lzma_stream())
        input = .allocate(byteCount: 1 << 17, alignment: 16)
        try Self.check(lzma_stream_decoder(stream, Self.memoryLimit, Self.concatenated))
    }

    deinit {
        lzma_end(stream)
        stream.deallocate()
        input.deallocate()
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        guard let base = buffer.baseAddress, !buffer.isEmpty, !isAtEnd else { return 0 }
        stream.pointee.next_out = base.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = buffer.count
        while stream.pointee.avail_out == buffer.count {
            if stream.pointee.avail_in == 0, !isDrained {
                let count = try source.read(into: input)
                stream.pointee.next_in = UnsafePointer(input.baseAddress?.assumingMemoryBound(to: UInt8.self))
                stream.pointee.avail_in = count
                isDrained = count == 0
            }
            let code = lzma_code(stream, isDrained ? LZMA_FINISH : LZMA_RUN)
            if code == LZMA_STREAM_END {
                isAtEnd = true
                break
            }
            try Self.check(code)
        }
        return buffer.count - stream.pointee.avail_out
    }

    private static func check(_ code: lzma_ret) throws(ArchiveError) {
        switch code {
        case LZMA_OK: return
        case LZMA_BUF_ERROR: throw .truncated("the xz stream is cut off")
        case LZMA_MEM_ERROR: throw .limit("no memory for xz")
        case LZMA_MEMLIMIT_ERROR: throw .limit("its xz dictionary needs more than \(memoryLimit >> 20) MiB")
        case LZMA_FORMAT_ERROR: throw .malformed("something that is not xz stands in the xz stream")
        case LZMA_OPTIONS_ERROR: throw .unsupported("the xz stream uses an unknown filter")
        default: throw .malformed("the xz stream is damaged")
        }
    }
}
