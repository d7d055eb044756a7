// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Pax records (POSIX.1-2001): what overrides a header. `<length> <key>=<value>\n`, the length counting itself.

/// The records that mean something to a reader.
struct PaxRecords {
    var path: [UInt8]?
    var linkPath: [UInt8]?
    var size: Int64?
    var uid: Int64?
    var gid: Int64?
    var modified: (seconds: Int64, nanoseconds: Int64)?
    var userName: [UInt8]?
    var groupName: [UInt8]?
    var attributes: [[UInt8]: [UInt8]] = [:]
    var sparse = Sparse()

    /// GNU's records of a sparse file, as they stand.
    struct Sparse {
        var major: Int64?
        var minor: Int64?
        var name: [UInt8]?
        var size: Int64?
        /// Offset, count, offset, count…; nil without a map.
        var numbers: [Int64]?
    }

    private static let schily = Array("SCHILY.xattr.".utf8)
    private static let libarchive = Array("LIBARCHIVE.xattr.".utf8)

    /// Reads a pax member's data; a later record replaces an earlier one of the same key.
    mutating func read(_ data: [UInt8]) throws(ArchiveError) {
        var rest = data[...]
        while !rest.isEmpty {
            // Some writers pad the data with NULs.
            if rest.allSatisfy({ $0 == 0 }) { return }
            guard let space = rest.firstIndex(of: UInt8(ascii: " ")), let length = Self.decimal(rest[rest.startIndex..<space]),
                length > space - rest.startIndex + 1, length <= rest.count
            else { throw .malformed("a pax record has a wrong length") }
            let record = rest[(space + 1)..<(rest.startIndex + Int(length))]
            guard record.last == UInt8(ascii: "\n"), let equals = record.firstIndex(of: UInt8(ascii: "=")) else {
                throw .malformed("a pax record has no value")
            }
            try set(Array(record[..<equals]), Array(record[(equals + 1)..<(record.endIndex - 1)]))
            rest = rest[(rest.startIndex + Int(length))...]
        }
    }

    private mutating func set(_ key: [UInt8], _ value: [UInt8]) throws(ArchiveError) {
        if key.starts(with: Self.schily) {
            let name = Array(key.dropFirst(Self.schily.count))
            guard !name.isEmpty, !name.contains(0) else { throw .malformed("a pax record has an invalid attribute name") }
            attributes[name] = value
            return
        }
        if key.starts(with: Self.libarchive) { return try setLibarchive(Array(key.dropFirst(Self.libarchive.count)), value) }
        switch String(decoding: key, as: UTF8.self) {
        case "path": path = try Self.name(value)
        case "linkpath": linkPath = try Self.name(value)
        case "uname": userName = value
        case "gname": groupName = value
        case "size": size = try Self.number(value, "size")
        case "uid": uid = try Self.number(value, "uid")
        case "gid": gid = try Self.number(value, "gid")
        case "mtime": modified = value.isEmpty ? nil : try Self.time(value)
        case let name where name.utf8.starts(with: "GNU.sparse.".utf8): try setSparse(String(name.utf8.dropFirst(11)) ?? "", value)
        default: return
        }
    }

    private mutating func setSparse(_ key: String, _ value: [UInt8]) throws(ArchiveError) {
        switch key {
        case "major": sparse.major = try Self.number(value, "sparse version")
        case "minor": sparse.minor = try Self.number(value, "sparse version")
        case "name": sparse.name = try Self.name(value)
        case "size", "realsize": sparse.size = try Self.number(value, "sparse size")
        case "map":
            var numbers: [Int64] = []
            for part in value.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) where !value.isEmpty {
                guard let number = Self.decimal(part) else { throw .malformed("a sparse map in a pax record is not made of numbers") }
                numbers.append(number)
            }
            sparse.numbers = numbers
        case "offset", "numbytes":
            // Version 0.0: the two take turns.
            var numbers = sparse.numbers ?? []
            guard numbers.count % 2 == (key.utf8.elementsEqual("offset".utf8) ? 0 : 1), let number = Self.decimal(value[...]) else {
                throw .malformed("a sparse map in pax records is not in order")
            }
            numbers.append(number)
            sparse.numbers = numbers
        default: return  // numblocks: the map itself tells
        }
    }

    /// libarchive writes names percent-encoded and values in base64; `SCHILY` records of the same name win.
    private mutating func setLibarchive(_ name: [UInt8], _ value: [UInt8]) throws(ArchiveError) {
        guard let name = PaxCoding.percentDecoded(name), let value = PaxCoding.base64Decoded(value), !name.isEmpty, !name.contains(0) else {
            throw .malformed("a pax record has an invalid attribute")
        }
        if attributes[name] == nil { attributes[name] = value }
    }

    private static func name(_ value: [UInt8]) throws(ArchiveError) -> [UInt8]? {
        guard !value.contains(0) else { throw .malformed("a name in a pax record holds a NUL") }
        return value.isEmpty ? nil : value
    }

    private static func number(_ value: [UInt8], _ what: String) throws(ArchiveError) -> Int64? {
        if value.isEmpty { return nil }
        guard let number = decimal(value[...]) else { throw .malformed("the \(what) in a pax record is not a number") }
        return number
    }

    /// Digits only, that fit.
    static func decimal(_ text: ArraySlice<UInt8>) -> Int64? {
        guard (1...19).contains(text.count) else { return nil }
        var value: Int64 = 0
        for byte in text {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
            if overflow || carry { return nil }
            value = sum
        }
        return value
    }

    /// `[-]seconds[.fraction]`, rounded towards the past as a file system does.
    private static func time(_ value: [UInt8]) throws(ArchiveError) -> (seconds: Int64, nanoseconds: Int64) {
        var text = value[...]
        let isNegative = text.first == UInt8(ascii: "-")
        if isNegative { text = text.dropFirst() }
        let point = text.firstIndex(of: UInt8(ascii: ".")) ?? text.endIndex
        guard let seconds = decimal(text[..<point]) else { throw .malformed("the time in a pax record is not a number") }
        var nanoseconds: Int64 = 0
        var scale: Int64 = 100_000_000
        for byte in text[point...].dropFirst() {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { throw .malformed("the time in a pax record is not a number") }
            nanoseconds += Int64(byte - UInt8(ascii: "0")) * scale
            scale /= 10
        }
        guard isNegative else { return (seconds, nanoseconds) }
        return nanoseconds == 0 ? (-seconds, 0) : (-seconds - 1, 1_000_000_000 - nanoseconds)
    }
}
