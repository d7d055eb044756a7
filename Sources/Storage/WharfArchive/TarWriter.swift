// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The tar writer: plain ustar headers where they suffice, pax records where they don't. The same entries always give the
// same bytes, so an archive that is written twice has one digest.

import WharfLinux
/// Writes a tar archive. `finish` must be called once.
public final class TarWriter {
    private let sink: any ByteSink
    /// Data that the current entry still needs.
    private var remaining: Int64 = 0
    private var padding = 0

    public init(_ sink: any ByteSink) { self.sink = sink }

    /// Writes an entry's header. For a file, exactly `entry.size` bytes of `write` must follow.
    public func append(_ entry: TarEntry) throws(ArchiveError) {
        try endEntry()
        var header = HeaderWriter(entry)
        let records = header.records
        if !records.isEmpty {
            let name = Array("PaxHeaders/".utf8) + (pathTail(entry.name)).prefix(80)
            var extended = HeaderWriter(TarEntry(name, permissions: 0o644, size: Int64(records.count)))
            try sink.write(extended.block(type: UInt8(ascii: "x")))
            try sink.write(records + [UInt8](repeating: 0, count: Self.padding(Int64(records.count))))
        }
        try sink.write(header.block(type: Self.type(entry.kind)))
        if entry.kind == .file {
            remaining = entry.size
            padding = Self.padding(entry.size)
        }
    }

    /// Writes data of the current entry.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        guard Int64(bytes.count) <= remaining else { throw .malformed("more data than an entry's size says") }
        remaining -= Int64(bytes.count)
        try sink.write(bytes)
    }

    /// Writes an entry with its data.
    public func append(_ entry: TarEntry, data: [UInt8]) throws(ArchiveError) {
        var entry = entry
        entry.size = Int64(data.count)
        try append(entry)
        try data.withRawBytes { bytes throws(ArchiveError) -> Void in try write(bytes) }
    }

    /// Writes the two blocks of zeros at the end.
    public func finish() throws(ArchiveError) {
        try endEntry()
        try sink.write([UInt8](repeating: 0, count: 2 * TarHeader.blockSize))
    }

    private func endEntry() throws(ArchiveError) {
        guard remaining == 0 else { throw .malformed("less data than an entry's size says") }
        if padding > 0 { try sink.write([UInt8](repeating: 0, count: padding)) }
        padding = 0
    }

    private static func padding(_ size: Int64) -> Int {
        let rest = Int(size % Int64(TarHeader.blockSize))
        return rest == 0 ? 0 : TarHeader.blockSize - rest
    }

    private static func type(_ kind: TarEntry.Kind) -> UInt8 {
        switch kind {
        case .file: UInt8(ascii: "0")
        case .hardLink: UInt8(ascii: "1")
        case .symlink: UInt8(ascii: "2")
        case .characterDevice: UInt8(ascii: "3")
        case .blockDevice: UInt8(ascii: "4")
        case .directory: UInt8(ascii: "5")
        case .fifo: UInt8(ascii: "6")
        }
    }
}

private func pathTail(_ name: [UInt8]) -> [UInt8] {
    name.split(separator: UInt8(ascii: "/")).last.map(Array.init) ?? []
}

/// Lays an entry out in a header block and collects what does not fit.
private struct HeaderWriter {
    private var bytes = [UInt8](repeating: 0, count: TarHeader.blockSize)
    private var pax: [(key: [UInt8], value: [UInt8])] = []

    init(_ entry: TarEntry) {
        name(entry.name)
        text(entry.linkName, 157, 100, "linkpath")
        text(entry.userName, 265, 32, "uname")
        text(entry.groupName, 297, 32, "gname")
        octal(Int64(entry.permissions), 100, 8)
        number(Int64(entry.uid), 108, 8, "uid")
        number(Int64(entry.gid), 116, 8, "gid")
        number(entry.kind == .file ? entry.size : 0, 124, 12, "size")
        time(entry)
        bytes.replaceSubrange(257..<265, with: Array("ustar\u{0}00".utf8))
        switch entry.kind {
        case .characterDevice(let major, let minor), .blockDevice(let major, let minor):
            octal(Int64(major), 329, 8)
            octal(Int64(minor), 337, 8)
        default: break
        }
        for attribute in entry.attributes { pax.append(Self.record(attribute)) }
    }

    /// `SCHILY` as everybody has it; a name that holds what ends a record's key is written as libarchive does.
    private static func record(_ attribute: TarEntry.Attribute) -> (key: [UInt8], value: [UInt8]) {
        guard attribute.name.contains(UInt8(ascii: "=")) else { return (Array("SCHILY.xattr.".utf8) + attribute.name, attribute.value) }
        return (Array("LIBARCHIVE.xattr.".utf8) + PaxCoding.percentEncoded(attribute.name), PaxCoding.base64(attribute.value))
    }

    /// The records as a pax member's data, sorted by key.
    var records: [UInt8] {
        var result: [UInt8] = []
        for (key, value) in pax.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            // The length counts its own digits, so it may grow by writing it.
            let rest = key.count + value.count + 3
            var length = rest + String(rest).utf8.count
            length = rest + String(length).utf8.count
            result += Array("\(length) ".utf8) + key + [UInt8(ascii: "=")] + value + [UInt8(ascii: "\n")]
        }
        return result
    }

    mutating func block(type: UInt8) -> [UInt8] {
        bytes[156] = type
        for index in 148..<156 { bytes[index] = UInt8(ascii: " ") }
        let sum = bytes.reduce(0) { $0 + Int64($1) }
        octal(sum, 148, 7)
        bytes[154] = 0
        return bytes
    }

    private mutating func name(_ name: [UInt8]) {
        if name.count <= 100 {
            put(name, 0)
            return
        }
        // ustar splits at a slash: at most 155 bytes before it, at most 100 behind.
        let earliest = max(1, name.count - 101)
        if let slash = name.indices.first(where: { $0 >= earliest && name[$0] == UInt8(ascii: "/") && $0 < name.count - 1 }), slash <= 155 {
            put(Array(name[..<slash]), 345)
            put(Array(name[(slash + 1)...]), 0)
            return
        }
        put(Array(name.prefix(100)), 0)
        pax.append((Array("path".utf8), name))
    }

    private mutating func text(_ value: [UInt8], _ offset: Int, _ length: Int, _ key: String) {
        put(Array(value.prefix(length)), offset)
        if value.count > length { pax.append((Array(key.utf8), value)) }
    }

    private mutating func number(_ value: Int64, _ offset: Int, _ length: Int, _ key: String) {
        if value >= 0, value < 1 << Int64(3 * (length - 1)) {
            octal(value, offset, length)
        } else {
            octal(0, offset, length)
            pax.append((Array(key.utf8), Array(String(value).utf8)))
        }
    }

    private mutating func time(_ entry: TarEntry) {
        let fits = entry.modifiedSeconds >= 0 && entry.modifiedSeconds < 1 << 33
        octal(fits ? entry.modifiedSeconds : 0, 136, 12)
        guard !fits || entry.modifiedNanoseconds != 0 else { return }
        var (seconds, nanoseconds) = (entry.modifiedSeconds, entry.modifiedNanoseconds)
        var sign = ""
        if seconds < 0 {
            sign = "-"
            (seconds, nanoseconds) = nanoseconds == 0 ? (-seconds, 0) : (-(seconds + 1), 1_000_000_000 - nanoseconds)
        }
        var text = "\(sign)\(seconds)"
        if nanoseconds != 0 {
            var digits = String(nanoseconds)
            digits = String(repeating: "0", count: 9 - digits.utf8.count) + digits
            while digits.utf8.last == UInt8(ascii: "0") { digits.removeLast() }
            text += ".\(digits)"
        }
        pax.append((Array("mtime".utf8), Array(text.utf8)))
    }

    private mutating func octal(_ value: Int64, _ offset: Int, _ length: Int) {
        let digits = String(value, radix: 8)
        let padded = String(repeating: "0", count: max(0, length - 1 - digits.utf8.count)) + digits
        put(Array(padded.utf8), offset)
    }

    private mutating func put(_ value: [UInt8], _ offset: Int) {
        bytes.replaceSubrange(offset..<(offset + value.count), with: value)
    }
}
