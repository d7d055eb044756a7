// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// zstd (RFC 8878) by libzstd. Frames may follow each other; a window over 128 MiB is refused.

import CZstd

/// A zstd stream, decompressed.
final class ZstdSource: ByteSource {
    private let source: any ByteSource
    private let context: OpaquePointer
    private let input: UnsafeMutableRawBufferPointer
    private var available = 0
    private var position = 0
    /// What the library still expects of the current frame; 0 between frames.
    private var expected = 0
    /// The library may hold output back although all input was taken.
    private var mayHoldOutput = false

    /// The largest window as a power of two.
    private static let windowLog: Int32 = 27

    init(_ source: any ByteSource) throws(ArchiveError) {
        self.source = source
        guard let context = ZSTD_createDCtx() else { throw .limit("no memory for zstd") }
        self.context = context
        input = .allocate(byteCount: 1 << 17, alignment: 16)
        _ = ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Self.windowLog)
    }

    deinit {
        ZSTD_freeDCtx(context)
        input.deallocate()
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        guard !buffer.isEmpty else { return 0 }
        while true {
            if position == available, !mayHoldOutput {
                available = try source.read(into: input)
                position = 0
                if available == 0 {
                    guard expected == 0 else { throw .truncated("the zstd stream is cut off") }
                    return 0
                }
            }
            var out = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
            var from = ZSTD_inBuffer(src: input.baseAddress, size: available, pos: position)
            let result = ZSTD_decompressStream(context, &out, &from)
            guard ZSTD_isError(result) == 0 else {
                throw .malformed("the zstd stream is damaged: \(String(cString: ZSTD_getErrorName(result)).lowercased())")
            }
            expected = result
            position = from.pos
            // 0 says that the frame is whole and given out: asked again, the library would wait for another one.
            mayHoldOutput = result != 0 && out.pos == out.size
            if out.pos > 0 { return out.pos }
        }
    }
}
