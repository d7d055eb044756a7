// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// gzip (RFC 1952) by ISA-L: about twice zlib's speed. Members may follow each other; sums and lengths are checked.

import CISAL

/// A gzip stream, decompressed.
final class GzipSource: ByteSource {
    private let source: any ByteSource
    private let state: UnsafeMutablePointer<inflate_state>
    private let input: UnsafeMutableRawBufferPointer
    private var isAtEnd = false
    /// Between two members: more may follow.
    private var isBetween = false

    init(_ source: any ByteSource) throws(ArchiveError) {
        self.source = source
        state = .allocate(capacity: 1)
        state.initialize(to: inflate_state())
        input = .allocate(byteCount: 1 << 17, alignment: 16)
        start()
    }

    deinit {
        state.deallocate()
        input.deallocate()
    }

    private func start() {
        let (next, available) = (state.pointee.next_in, state.pointee.avail_in)
        isal_inflate_init(state)
        state.pointee.crc_flag = UInt32(ISAL_GZIP)
        state.pointee.next_in = next
        state.pointee.avail_in = available
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        guard let base = buffer.baseAddress, !buffer.isEmpty else { return 0 }
        let room = UInt32(clamping: buffer.count)
        while !isAtEnd {
            if state.pointee.avail_in == 0, try !refill() {
                guard isBetween else { throw .truncated("the gzip stream is cut off") }
                isAtEnd = true
                break
            }
            if isBetween, try !beginMember() { continue }
            state.pointee.next_out = base.assumingMemoryBound(to: UInt8.self)
            state.pointee.avail_out = room
            try check(isal_inflate(state))
            if state.pointee.block_state == ISAL_BLOCK_FINISH { isBetween = true }
            let count = Int(room - state.pointee.avail_out)
            if count > 0 { return count }
        }
        return 0
    }

    /// Fetches input; false at the end of the stream below.
    private func refill() throws(ArchiveError) -> Bool {
        let count = try source.read(into: input)
        state.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        state.pointee.avail_in = UInt32(count)
        return count > 0
    }

    /// Behind a member: zeros are padding, anything else must be another member. False when the input was all padding.
    private func beginMember() throws(ArchiveError) -> Bool {
        while state.pointee.avail_in > 0, state.pointee.next_in.pointee == 0 {
            state.pointee.next_in += 1
            state.pointee.avail_in -= 1
        }
        guard state.pointee.avail_in > 0 else { return false }
        guard state.pointee.next_in.pointee == 0x1F else { throw .malformed("something follows the gzip stream") }
        start()
        isBetween = false
        return true
    }

    private func check(_ code: Int32) throws(ArchiveError) {
        switch code {
        case ISAL_DECOMP_OK, ISAL_END_INPUT, ISAL_OUT_OVERFLOW: return
        case ISAL_INCORRECT_CHECKSUM: throw .malformed("the gzip checksum is wrong")
        case ISAL_INVALID_WRAPPER, ISAL_UNSUPPORTED_METHOD: throw .malformed("the gzip header is invalid")
        default: throw .malformed("the gzip stream is damaged")
        }
    }
}
