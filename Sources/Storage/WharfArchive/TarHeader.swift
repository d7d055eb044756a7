// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The 512 bytes in front of every member: reading them. Every number is checked, nothing traps on hostile bytes.
//
//   0 name 100 | 100 mode 8 | 108 uid 8 | 116 gid 8 | 124 size 12 | 136 mtime 12 | 148 checksum 8 | 156 type 1
//   157 link 100 | 257 magic 8 | 265 user 32 | 297 group 32 | 329 major 8 | 337 minor 8 | 345 prefix 155 (ustar)

/// A header block as it stands in the archive.
struct TarHeader {
    static let blockSize = 512

    private let block: [UInt8]

    /// - Throws: `malformed` if the checksum is wrong.
    init(_ block: [UInt8]) throws(ArchiveError) {
        self.block = block
        var unsigned: Int64 = 0
        var signed: Int64 = 0
        for (index, byte) in block.enumerated() {
            let value = (148..<156).contains(index) ? UInt8(ascii: " ") : byte
            unsigned += Int64(value)
            signed += Int64(Int8(bitPattern: value))
        }
        let stored = try number(148, 8, "checksum")
        guard stored == unsigned || stored == signed else { throw .malformed("the checksum of a header is wrong") }
    }

    var type: UInt8 { block[156] }

    /// The name, with POSIX's or star's prefix where the magic says that there is one.
    var name: [UInt8] {
        let name = text(0, 100)
        guard block[257..<263].elementsEqual("ustar\0".utf8) else { return name }
        let isStar = block[508..<512].elementsEqual("tar\0".utf8)
        let prefix = text(345, isStar ? 131 : 155)
        return prefix.isEmpty ? name : prefix + [UInt8(ascii: "/")] + name
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

    private func text(_ offset: Int, _ length: Int) -> [UInt8] {
        Array(block[offset..<(offset + length)].prefix { $0 != 0 })
    }

    /// Octal digits between spaces and NULs, or GNU's big-endian two's complement with the top bit set.
    private func number(_ offset: Int, _ length: Int, _ what: String) throws(ArchiveError) -> Int64 {
        let field = block[offset..<(offset + length)]
        guard let first = field.first else { return 0 }
        return first & 0x80 != 0 ? try binary(field, what) : try octal(field, what)
    }

    private func binary(_ field: ArraySlice<UInt8>, _ what: String) throws(ArchiveError) -> Int64 {
        let isNegative = field[field.startIndex] & 0x40 != 0
        var value: Int64 = isNegative ? -1 : 0
        for (index, byte) in field.enumerated() {
            let bits = index == 0 ? Int64(byte & 0x3F) | (isNegative ? ~0x3F : 0) : Int64(byte)
            if index == 0 {
                value = bits
                continue
            }
            let (shifted, overflow) = value.multipliedReportingOverflow(by: 256)
            guard !overflow else { throw .malformed("the \(what) of an entry is too large") }
            value = shifted | bits
        }
        return value
    }

    private func octal(_ field: ArraySlice<UInt8>, _ what: String) throws(ArchiveError) -> Int64 {
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
