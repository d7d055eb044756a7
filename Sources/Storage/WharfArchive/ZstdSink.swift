// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// zstd out, with a checksum at the end of the frame. The same bytes in always give the same bytes out.

import CZstd

/// Compresses what is written. `finish` must be called once.
public final class ZstdSink: ByteSink {
    private let sink: any ByteSink
    private let context: OpaquePointer
    private let output: UnsafeMutableRawBufferPointer

    /// - Parameter level: 1...19; 3 is zstd's own default.
    public init(_ sink: any ByteSink, level: Int = 3) throws(ArchiveError) {
        guard let context = ZSTD_createCCtx() else { throw .limit("no memory for zstd") }
        self.sink = sink
        self.context = context
        output = .allocate(byteCount: 1 << 17, alignment: 16)
        _ = ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, Int32(clamping: level))
        _ = ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    }

    deinit {
        ZSTD_freeCCtx(context)
        output.deallocate()
    }

    public func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) { try compress(bytes, ZSTD_e_continue) }

    /// Writes what is left and the end of the frame.
    public func finish() throws(ArchiveError) { try compress(UnsafeRawBufferPointer(start: nil, count: 0), ZSTD_e_end) }

    private func compress(_ bytes: UnsafeRawBufferPointer, _ mode: ZSTD_EndDirective) throws(ArchiveError) {
        var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
        while true {
            var out = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
            let left = ZSTD_compressStream2(context, &out, &input, mode)
            guard ZSTD_isError(left) == 0 else {
                throw .malformed("the data can't be compressed: \(String(cString: ZSTD_getErrorName(left)).lowercased())")
            }
            if out.pos > 0 { try sink.write(UnsafeRawBufferPointer(rebasing: output[..<out.pos])) }
            if mode == ZSTD_e_end ? left == 0 : input.pos == input.size { return }
        }
    }
}
