// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// gzip out, by ISA-L at level 1: fourteen times zlib's speed for nine percent more bytes.

import CISAL

/// Compresses what is written. `finish` must be called once.
public final class GzipSink: ByteSink {
    private let sink: any ByteSink
    private let stream: UnsafeMutablePointer<isal_zstream>
    private let levelBuffer: UnsafeMutableRawBufferPointer
    private let output: UnsafeMutableRawBufferPointer

    public init(_ sink: any ByteSink) {
        self.sink = sink
        stream = .allocate(capacity: 1)
        stream.initialize(to: isal_zstream())
        levelBuffer = .allocate(byteCount: Int(WHARF_ISAL_LEVEL1_BUFFER), alignment: 16)
        output = .allocate(byteCount: 1 << 17, alignment: 16)
        isal_deflate_init(stream)
        stream.pointee.gzip_flag = UInt16(IGZIP_GZIP)
        stream.pointee.level = 1
        stream.pointee.level_buf = levelBuffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.level_buf_size = UInt32(levelBuffer.count)
    }

    deinit {
        stream.deallocate()
        levelBuffer.deallocate()
        output.deallocate()
    }

    public func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        var done = 0
        while done < bytes.count {
            let part = min(bytes.count - done, 1 << 30)
            try compress(UnsafeRawBufferPointer(rebasing: bytes[done..<(done + part)]), last: false)
            done += part
        }
    }

    /// Writes what is left and the trailer.
    public func finish() throws(ArchiveError) { try compress(UnsafeRawBufferPointer(start: nil, count: 0), last: true) }

    private func compress(_ bytes: UnsafeRawBufferPointer, last: Bool) throws(ArchiveError) {
        // The library does not write through next_in; its type only lacks const.
        stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(bytes.count)
        stream.pointee.end_of_stream = last ? 1 : 0
        repeat {
            stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(output.count)
            guard isal_deflate(stream) == COMP_OK else { throw .malformed("the data can't be compressed") }
            let count = output.count - Int(stream.pointee.avail_out)
            if count > 0 { try sink.write(UnsafeRawBufferPointer(rebasing: output[..<count])) }
        } while stream.pointee.avail_in > 0 || stream.pointee.avail_out == 0
            || (last && stream.pointee.internal_state.state != ZSTATE_END)
    }
}
