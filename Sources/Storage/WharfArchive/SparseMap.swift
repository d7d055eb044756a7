// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Sparse files: which parts of a file an archive holds. Four forms lead here: GNU's own header (type S), and pax in the
// versions 0.0 (records that repeat), 0.1 (one record) and 1.0 (lines in front of the data).

/// The parts of a file that are data; what lies between them is a hole.
struct SparseMap: Equatable {
    struct Segment: Equatable {
        var offset: Int64
        var count: Int64
    }

    /// By rising offset, without overlap.
    let segments: [Segment]
    /// The file's size with its holes.
    let size: Int64

    /// - Parameter stored: bytes of data that follow in the archive.
    /// - Throws: `malformed` for segments that overlap, go back, lie outside the file or are not what is stored.
    init(_ segments: [Segment], size: Int64, stored: Int64, _ name: [UInt8]) throws(ArchiveError) {
        guard size >= 0 else { throw .malformed("the sparse file \(show(name)) has a negative size") }
        var end: Int64 = 0
        var sum: Int64 = 0
        for segment in segments {
            let (next, overflow) = segment.offset.addingReportingOverflow(segment.count)
            guard segment.offset >= end, segment.count >= 0, !overflow, next <= size else {
                throw .malformed("the sparse map of \(show(name)) is not in order")
            }
            end = next
            // Can't overflow: segments are disjoint parts of `size`.
            sum += segment.count
        }
        guard sum == stored else { throw .malformed("the sparse map of \(show(name)) is not what is stored") }
        self.segments = segments.filter { $0.count > 0 }
        self.size = size
    }

    /// Numbers in pairs, as versions 0.0 and 0.1 have them.
    static func pairs(_ numbers: [Int64], _ name: [UInt8]) throws(ArchiveError) -> [Segment] {
        guard numbers.count % 2 == 0 else { throw .malformed("the sparse map of \(show(name)) has half a segment") }
        return stride(from: 0, to: numbers.count, by: 2).map { Segment(offset: numbers[$0], count: numbers[$0 + 1]) }
    }
}

/// The map of version 1.0: a number of segments, then an offset and a count for each, a line for every number.
struct SparseLines {
    private var numbers: [Int64] = []
    private var line: [UInt8] = []
    private let name: [UInt8]

    init(_ name: [UInt8]) { self.name = name }

    /// Reads a block of the map; true when the map is whole (what is left of the block is padding).
    mutating func read(_ block: UnsafeRawBufferPointer) throws(ArchiveError) -> Bool {
        for byte in block {
            guard byte == UInt8(ascii: "\n") else {
                guard line.count < 20 else { throw .malformed("the sparse map of \(show(name)) has a number that is too long") }
                line.append(byte)
                continue
            }
            guard let number = PaxRecords.decimal(line[...]) else {
                throw .malformed("the sparse map of \(show(name)) has something that is no number")
            }
            line = []
            numbers.append(number)
            if Int64(numbers.count - 1) / 2 >= numbers[0], numbers.count % 2 == 1 { return true }
        }
        return false
    }

    func segments() throws(ArchiveError) -> [SparseMap.Segment] { try SparseMap.pairs(Array(numbers.dropFirst()), name) }
}
