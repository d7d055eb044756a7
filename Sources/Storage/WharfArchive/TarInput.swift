// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The reader's view of its stream: the piece that is at hand, and blocks that may lie across two of them. From a source
// that hands out its own buffers nothing is copied but such blocks.

/// A stream cut into blocks and pieces of data.
final class TarInput {
    private let source: any ByteSource
    /// The same source, if it hands out its bytes where they lie.
    private let pieces: (any PieceSource)?
    /// For sources without buffers; then for blocks that lie across two pieces.
    private let buffer: UnsafeMutableRawBufferPointer
    private let straddling: UnsafeMutableRawBufferPointer
    /// What is at hand.
    private var rest = UnsafeRawBufferPointer(start: nil, count: 0)

    init(_ source: any ByteSource) {
        self.source = source
        pieces = source as? any PieceSource
        buffer = .allocate(byteCount: pieces == nil ? 1 << 18 : 0, alignment: 16)
        straddling = .allocate(byteCount: TarHeader.blockSize, alignment: 16)
    }

    deinit {
        buffer.deallocate()
        straddling.deallocate()
    }

    /// Whether nothing more comes.
    func isAtEnd() throws(ArchiveError) -> Bool {
        while rest.isEmpty {
            if let pieces {
                guard let piece = try pieces.nextPiece() else { return true }
                rest = piece
            } else {
                let count = try source.read(into: buffer)
                if count == 0 { return true }
                rest = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            }
        }
        return false
    }

    /// Takes at least one and at most `limit` bytes; they are valid until the next call of any method.
    func piece(atMost limit: Int64, _ what: String) throws(ArchiveError) -> UnsafeRawBufferPointer {
        if try isAtEnd() { throw .truncated(what) }
        let count = Int(min(Int64(rest.count), limit))
        defer { rest = UnsafeRawBufferPointer(rebasing: rest[count...]) }
        return UnsafeRawBufferPointer(rebasing: rest[..<count])
    }

    /// Takes a block of 512 bytes, valid as a piece is.
    func block(_ what: String) throws(ArchiveError) -> UnsafeRawBufferPointer {
        if rest.count >= straddling.count { return try piece(atMost: Int64(straddling.count), what) }
        var done = 0
        while done < straddling.count {
            let piece = try piece(atMost: Int64(straddling.count - done), what)
            UnsafeMutableRawBufferPointer(rebasing: straddling[done...]).copyMemory(from: piece)
            done += piece.count
        }
        return UnsafeRawBufferPointer(straddling)
    }

    /// Takes some bytes, copied.
    func bytes(_ count: Int, _ what: String) throws(ArchiveError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count { bytes.append(contentsOf: try piece(atMost: Int64(count - bytes.count), what)) }
        return bytes
    }

    func skip(_ count: Int, _ what: String) throws(ArchiveError) {
        var left = count
        while left > 0 { left -= try piece(atMost: Int64(left), what).count }
    }

    func drain() throws(ArchiveError) {
        rest = UnsafeRawBufferPointer(start: nil, count: 0)
        guard let pieces else { return try source.drain() }
        while try pieces.nextPiece() != nil {}
    }
}
