// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// An entry's data: handed out where it lies in the source's buffer, in pieces. Sparse files give their parts with offsets,
// or themselves whole with zeros for the holes.

import WharfLinux

extension TarReader {
    /// Hands out what is left of the current entry's data, piece by piece; holes of a sparse file are zeros. The pieces
    /// live as long as the call.
    public func readData(_ body: (UnsafeRawBufferPointer) throws(ArchiveError) -> Void) throws(ArchiveError) {
        guard let sparse else { return try readStored(body) }
        var position: Int64 = 0
        try readExtents { offset, piece throws(ArchiveError) in
            try Self.zeros(offset - position, body)
            try body(piece)
            position = offset + Int64(piece.count)
        }
        try Self.zeros(sparse.size - position, body)
    }

    /// Hands out what the archive holds of the current entry's data, each piece with its offset in the file. Between
    /// them, and behind the last one up to the entry's size, are holes.
    public func readExtents(_ body: (Int64, UnsafeRawBufferPointer) throws(ArchiveError) -> Void) throws(ArchiveError) {
        var position: Int64 = 0
        guard let sparse else {
            return try readStored { piece throws(ArchiveError) in
                try body(position, piece)
                position += Int64(piece.count)
            }
        }
        self.sparse = nil
        for segment in sparse.segments {
            position = segment.offset
            var left = segment.count
            while left > 0 {
                let piece = try input.piece(atMost: left, "the data of an entry is cut off")
                remaining -= Int64(piece.count)
                left -= Int64(piece.count)
                try body(position, piece)
                position += Int64(piece.count)
            }
        }
    }

    /// The current entry's data as a whole. - Throws: `limit` over `limit` bytes.
    public func readAll(limit: Int) throws(ArchiveError) -> [UInt8] {
        let size = max(remaining, sparse?.size ?? 0)
        guard size <= Int64(limit) else { throw .limit("an entry has more than \(limit) bytes") }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(size))
        try readData { piece throws(ArchiveError) in bytes.append(contentsOf: piece) }
        return bytes
    }

    /// What the archive holds, as it stands.
    func readStored(_ body: (UnsafeRawBufferPointer) throws(ArchiveError) -> Void) throws(ArchiveError) {
        while remaining > 0 {
            let piece = try input.piece(atMost: remaining, "the data of an entry is cut off")
            remaining -= Int64(piece.count)
            try body(piece)
        }
    }

    private static func zeros(_ count: Int64, _ body: (UnsafeRawBufferPointer) throws(ArchiveError) -> Void) throws(ArchiveError) {
        guard count > 0 else { return }
        let zeros = [UInt8](repeating: 0, count: Int(min(count, 1 << 16)))
        var left = count
        while left > 0 {
            try zeros.withRawBytes { bytes throws(ArchiveError) in
                try body(UnsafeRawBufferPointer(rebasing: bytes[..<Int(min(left, Int64(bytes.count)))]))
            }
            left -= min(left, Int64(zeros.count))
        }
    }
}
