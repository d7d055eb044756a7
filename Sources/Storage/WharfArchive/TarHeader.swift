// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The 512 bytes in front of every member: reading them. Every number is checked, nothing traps on hostile bytes.
//
//   0 name 100 | 100 mode 8 | 108 uid 8 | 116 gid 8 | 124 size 12 | 136 mtime 12 | 148 checksum 8 | 156 type 1
//   157 link 100 | 257 magic 8 | 265 user 32 | 297 group 32 | 329 major 8 | 337 minor 8 | 345 prefix 155 (ustar)
//   386 four sparse segments of 24 | 482 more follow 1 | 483 real size 12 (GNU, type S)

/// A header block where it lies in the reader's buffer: valid until the reader moves on.
struct TarHeader {
    static let blockSize = 512

    private let block: UnsafeRawBufferPointer

    /// - Parameter block: 512 bytes.
    /// - Throws: `malformed` if the checksum is wrong.
    init(_ block: UnsafeRawBufferPointer) throws(ArchiveError) {
        self.block = block
        var sum: Int64 = 0
        // Old writers summed signed bytes: 256 less for each of the upper half.
        var upper: Int64 = 0
        for byte in block {
            sum += Int64(byte)
            upper += Int64(byte >> 7)
        }
        for index in 148..<156 {
            sum += Int64(UInt8(ascii: " ")) - Int64(block[index])
            upper -= Int64(block[index] >> 7)
        }
        let stored = try number(148, 8, "checksum")
        guard stored == sum || stored == sum - 256 * upper else { throw .malformed("the checksum of a header is wrong") }
    }

    /// Whether a block is all zeros: the end of an archive has two of them.
    static func isZero(_ block: UnsafeRawBufferPointer) -> Bool {
        var bits: UInt8 = 0
        for byte in block { bits |= byte }
        return bits == 0
    }

    var type: UInt8 { block[156] }

    /// The name, with POSIX's or star's prefix where the magic says that there is one.
    var name: [UInt8] {
        let name = text(0, 100)
        guard block[257..<263].elementsEqual("ustar\0".utf8) else { return name }
        guard block[345] != 0 else { return name }
        let isStar = block[508..<512].elementsEqual("tar\0".utf8)
        return text(345, isStar ? 131 : 155) + [UInt8(ascii: "/")] + name
    }

    var linkName: [UInt8] { text(157, 100) }
    var userName: [UInt8] { text(265, 32) }
    var groupName: [UInt8] { text(297, 32) }

    func mode() throws(ArchiveError) -> Int64 { try number(100, 8, "mode") }
    func uid() throws(ArchiveError) -> Int64 { try number(108, 8, "uid") }
    func gid() throws(ArchiveError) -> Int64 { try number(116, 8, "gid") }
    func size() throws(ArchiveError) -> Int64 { try number(124, 12, "size") }
    func modified() throws(ArchiveError) -> Int64 { try number(136, 12, "time") }
    func deviceMajor() throws(ArchiveError) -> Int64 { try number(329, 8, "device number") }
    func deviceMinor() throws(ArchiveError) -> Int64 { try number(337, 8, "device number") }

    /// The first segments of a file in GNU's sparse form, and whether a block with more of them follows.
    func sparseSegments() throws(ArchiveError) -> (segments: [SparseMap.Segment], more: Bool) {
        (try Self.sparseSegments(block, at: 386, count: 4), block[482] != 0)
    }

    /// The size of a file in GNU's sparse form with its holes.
    func realSize() throws(ArchiveError) -> Int64 { try number(483, 12, "real size") }

    /// The segments in a block that continues the list.
    static func moreSparseSegments(_ block: UnsafeRawBufferPointer) throws(ArchiveError) -> (segments: [SparseMap.Segment], more: Bool) {
        (try sparseSegments(block, at: 0, count: 21), block[504] != 0)
    }

    private static func sparseSegments(
        _ block: UnsafeRawBufferPointer, at start: Int, count: Int
    ) throws(ArchiveError) -> [SparseMap.Segment] {
        var segments: [SparseMap.Segment] = []
        for index in 0..<count {
            let at = start + 24 * index
            // An empty field ends the list.
            guard block[at] != 0 else { break }
            segments.append(
                SparseMap.Segment(offset: try number(block, at, 12, "sparse map"), count: try number(block, at + 12, 12, "sparse map")))
        }
        return segments
    }

    private func text(_ offset: Int, _ length: Int) -> [UInt8] {
        var end = offset
        while end < offset + length, block[end] != 0 { end += 1 }
        return end == offset ? [] : Array(UnsafeRawBufferPointer(rebasing: block[offset..<end]))
    }

    private func number(_ offset: Int, _ length: Int, _ what: String) throws(ArchiveError) -> Int64 {
        try Self.number(block, offset, length, what)
    }

    /// Octal digits between spaces and NULs, or GNU's big-endian two's complement with the top bit set.
    private static func number(
        _ block: UnsafeRawBufferPointer, _ offset: Int, _ length: Int, _ what: String
    ) throws(ArchiveError) -> Int64 {
        let field = UnsafeRawBufferPointer(rebasing: block[offset..<(offset + length)])
        return field[0] & 0x80 != 0 ? try binary(field, what) : try octal(field, what)
    }

    private static func binary(_ field: UnsafeRawBufferPointer, _ what: String) throws(ArchiveError) -> Int64 {
        let isNegative = field[0] & 0x40 != 0
        var value = Int64(field[0] & 0x3F) | (isNegative ? ~0x3F : 0)
        for byte in field.dropFirst() {
            let (shifted, overflow) = value.multipliedReportingOverflow(by: 256)
            guard !overflow else { throw .malformed("the \(what) of an entry is too large") }
            value = shifted | Int64(byte)
        }
        return value
    }

    private static func octal(_ field: UnsafeRawBufferPointer, _ what: String) throws(ArchiveError) -> Int64 {
        var value: Int64 = 0
        var seenDigit = false
        for byte in field {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "7"):
                seenDigit = true
                value = value << 3 | Int64(byte - UInt8(ascii: "0"))
            case UInt8(ascii: " ") where !seenDigit: continue
            case UInt8(ascii: " "), 0: return value
            default: throw .malformed("the \(what) of an entry is not a number")
            }
        }
        return value
    }
}
