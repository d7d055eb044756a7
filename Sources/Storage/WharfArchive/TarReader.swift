// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The tar reader: ustar, pax, GNU long names and base-256 numbers, star's prefix, V7. A stream in, entries with their
// data out; memory does not grow with the archive. Sparse files, multi-volume archives and dumps are refused by name.

/// Reads a tar archive once from front to end.
public final class TarReader {
    private let source: any ByteSource
    private let limits: ArchiveLimits
    private let buffer: UnsafeMutableRawBufferPointer
    private var start = 0
    private var end = 0
    /// Data of the current entry that was not read yet, and the padding behind it.
    private var remaining: Int64 = 0
    private var padding = 0
    private var isAtEnd = false
    /// Entries returned so far.
    public private(set) var entryCount = 0
    private var byteCount: Int64 = 0

    /// - Parameter source: the archive, decompressed.
    public init(_ source: any ByteSource, limits: ArchiveLimits = .layer) {
        self.source = source
        self.limits = limits
        buffer = .allocate(byteCount: 1 << 18, alignment: 16)
    }

    deinit { buffer.deallocate() }

    /// The next entry, nil at the end of the archive. What is left of the current entry's data is skipped.
    public func next() throws(ArchiveError) -> TarEntry? {
        var pax = PaxRecords()
        var longName: [UInt8]?
        var longLink: [UInt8]?
        var metadata: Int64 = 0
        try skipData()
        while let header = try nextHeader() {
            let type = header.type
            guard "xXgLK".utf8.contains(type) else {
                guard type != UInt8(ascii: "V") else {
                    try skip(header)
                    continue
                }
                return try entry(header, pax, longName, longLink)
            }
            let size = try header.size()
            metadata += max(0, size)
            guard size >= 0, metadata <= Int64(limits.metadata) else {
                throw .limit("an entry has more than \(limits.metadata) bytes of metadata")
            }
            let data = try block(Int(size))
            switch type {
            case UInt8(ascii: "x"), UInt8(ascii: "X"): try pax.read(data)
            case UInt8(ascii: "L"): longName = Array(data.prefix { $0 != 0 })
            case UInt8(ascii: "K"): longLink = Array(data.prefix { $0 != 0 })
            default: break  // records for the whole archive (comments of git archive): nothing in them is wanted
            }
        }
        guard metadata == 0 else { throw .truncated("an extended header without its entry") }
        return nil
    }

    /// Hands out what is left of the current entry's data, piece by piece. The pieces live as long as the call.
    public func readData(_ body: (UnsafeRawBufferPointer) throws(ArchiveError) -> Void) throws(ArchiveError) {
        while remaining > 0 {
            if start == end { try fill("the data of an entry is cut off") }
            let count = Int(min(remaining, Int64(end - start)))
            let piece = UnsafeRawBufferPointer(rebasing: buffer[start..<(start + count)])
            start += count
            remaining -= Int64(count)
            try body(piece)
        }
    }

    /// The current entry's data as a whole. - Throws: `limit` over `limit` bytes.
    public func readAll(limit: Int) throws(ArchiveError) -> [UInt8] {
        guard remaining <= Int64(limit) else { throw .limit("an entry has more than \(limit) bytes") }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(remaining))
        try readData { piece throws(ArchiveError) in bytes.append(contentsOf: piece) }
        return bytes
    }

    /// Reads the stream below to its end, so that who hashes it has seen everything.
    public func drain() throws(ArchiveError) {
        try source.drain()
    }

    // MARK: Entries

    private func entry(
        _ header: TarHeader, _ pax: PaxRecords, _ longName: [UInt8]?, _ longLink: [UInt8]?
    ) throws(ArchiveError) -> TarEntry {
        entryCount += 1
        guard entryCount <= limits.entries else { throw .limit("it has more than \(limits.entries) entries") }
        let name = pax.path ?? longName ?? header.name
        guard name.count <= nameLimit else { throw .limit("the name \(show(name)) is longer than \(nameLimit) bytes") }
        let kind = try kind(header, name)
        var entry = TarEntry(name, kind: kind)
        entry.linkName = pax.linkPath ?? longLink ?? header.linkName
        guard entry.linkName.count <= nameLimit else { throw .limit("the link target of \(show(name)) is longer than \(nameLimit) bytes") }
        entry.permissions = UInt32(truncatingIfNeeded: try header.mode()) & 0o7777
        entry.uid = try id(pax.uid, header.uid, "uid", name)
        entry.gid = try id(pax.gid, header.gid, "gid", name)
        entry.userName = pax.userName ?? header.userName
        entry.groupName = pax.groupName ?? header.groupName
        if let modified = pax.modified {
            (entry.modifiedSeconds, entry.modifiedNanoseconds) = modified
        } else {
            entry.modifiedSeconds = try header.modified()
        }
        entry.attributes = pax.attributes.map { TarEntry.Attribute(name: $0.key, value: $0.value) }
            .sorted { $0.name.lexicographicallyPrecedes($1.name) }
        guard kind == .file else { return entry }
        if let size = pax.size { entry.size = size } else { entry.size = try header.size() }
        try beginData(entry)
        return entry
    }

    private func beginData(_ entry: TarEntry) throws(ArchiveError) {
        guard entry.size >= 0 else { throw .malformed("entry \(show(entry.name)) has a negative size") }
        let (total, overflow) = byteCount.addingReportingOverflow(entry.size)
        guard !overflow, total <= limits.bytes else { throw .limit("it has more than \(limits.bytes) bytes of data") }
        byteCount = total
        remaining = entry.size
        padding = Self.padding(entry.size)
    }

    private func kind(_ header: TarHeader, _ name: [UInt8]) throws(ArchiveError) -> TarEntry.Kind {
        switch header.type {
        case 0: return name.last == UInt8(ascii: "/") ? .directory : .file
        case UInt8(ascii: "0"), UInt8(ascii: "7"): return .file
        case UInt8(ascii: "1"): return .hardLink
        case UInt8(ascii: "2"): return .symlink
        case UInt8(ascii: "3"), UInt8(ascii: "4"):
            guard let major = UInt32(exactly: try header.deviceMajor()), let minor = UInt32(exactly: try header.deviceMinor()),
                major < 1 << 12, minor < 1 << 20
            else { throw .malformed("the device number of \(show(name)) is out of range") }
            return header.type == UInt8(ascii: "3")
                ? .characterDevice(major: major, minor: minor) : .blockDevice(major: major, minor: minor)
        case UInt8(ascii: "5"): return .directory
        case UInt8(ascii: "6"): return .fifo
        case UInt8(ascii: "S"): throw .unsupported("\(show(name)) is a sparse file in GNU form")
        case UInt8(ascii: "M"): throw .unsupported("\(show(name)) is continued from another volume")
        case UInt8(ascii: "D"), UInt8(ascii: "N"): throw .unsupported("\(show(name)) belongs to an incremental dump")
        default: throw .unsupported("\(show(name)) has the unknown type \(show([header.type]))")
        }
    }

    /// Owners that the kernel can store. The highest number means "unchanged" to it and is refused.
    private func id(
        _ override: Int64?, _ stored: () throws(ArchiveError) -> Int64, _ what: String, _ name: [UInt8]
    ) throws(ArchiveError) -> UInt32 {
        let value: Int64
        if let override { value = override } else { value = try stored() }
        guard let id = UInt32(exactly: value), id != .max else { throw .malformed("the \(what) \(value) of \(show(name)) is out of range") }
        return id
    }

    // MARK: Blocks

    /// The next header; nil behind the two blocks of zeros, or where the stream ends between entries.
    private func nextHeader() throws(ArchiveError) -> TarHeader? {
        guard !isAtEnd else { return nil }
        guard let block = try headerBlock() else {
            isAtEnd = true
            return nil
        }
        guard block.allSatisfy({ $0 == 0 }) else { return try TarHeader(block) }
        isAtEnd = true
        guard let second = try headerBlock(), !second.allSatisfy({ $0 == 0 }) else { return nil }
        throw .malformed("a block of zeros stands between two entries")
    }

    private func headerBlock() throws(ArchiveError) -> [UInt8]? {
        guard try !isStreamAtEnd() else { return nil }
        return try take(TarHeader.blockSize, "a header is cut off")
    }

    /// Data of a metadata member, with its padding taken off.
    private func block(_ size: Int) throws(ArchiveError) -> [UInt8] {
        let bytes = try take(size + Self.padding(Int64(size)), "an extended header is cut off")
        return Array(bytes.prefix(size))
    }

    private func skip(_ header: TarHeader) throws(ArchiveError) {
        let size = try header.size()
        guard size >= 0 else { throw .malformed("a member has a negative size") }
        remaining = size
        padding = Self.padding(size)
        try skipData()
    }

    private func skipData() throws(ArchiveError) {
        try readData { _ throws(ArchiveError) in }
        if padding > 0 { _ = try take(padding, "the data of an entry is cut off") }
        padding = 0
    }

    private func take(_ count: Int, _ what: String) throws(ArchiveError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            if start == end { try fill(what) }
            let part = min(count - bytes.count, end - start)
            bytes.append(contentsOf: buffer[start..<(start + part)])
            start += part
        }
        return bytes
    }

    private func isStreamAtEnd() throws(ArchiveError) -> Bool {
        if start < end { return false }
        start = 0
        end = try source.read(into: buffer)
        return end == 0
    }

    private func fill(_ what: String) throws(ArchiveError) {
        if try isStreamAtEnd() { throw .truncated(what) }
    }

    private static func padding(_ size: Int64) -> Int {
        let rest = Int(size % Int64(TarHeader.blockSize))
        return rest == 0 ? 0 : TarHeader.blockSize - rest
    }
}
