// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The tar reader: ustar, pax, GNU long names, base-256 numbers and sparse files, star's prefix, V7. A stream in, entries
// with their data out; memory does not grow with the archive. Multi-volume archives and dumps are refused by name.

/// Reads a tar archive once from front to end.
public final class TarReader {
    let input: TarInput
    private let limits: ArchiveLimits
    /// Data of the current entry that was not read yet, and the padding behind it.
    var remaining: Int64 = 0
    private var padding = 0
    /// Where the current entry's data goes, if it is sparse.
    var sparse: SparseMap?
    private var isAtEnd = false
    /// Entries returned so far.
    public private(set) var entryCount = 0
    private var byteCount: Int64 = 0

    /// - Parameter source: the archive, decompressed.
    public init(_ source: any ByteSource, limits: ArchiveLimits = .layer) {
        input = TarInput(source)
        self.limits = limits
    }

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

    /// Reads the stream below to its end, so that who hashes it has seen everything.
    public func drain() throws(ArchiveError) { try input.drain() }

    // MARK: Entries

    private func entry(
        _ header: TarHeader, _ pax: PaxRecords, _ longName: [UInt8]?, _ longLink: [UInt8]?
    ) throws(ArchiveError) -> TarEntry {
        entryCount += 1
        guard entryCount <= limits.entries else { throw .limit("it has more than \(limits.entries) entries") }
        let name = pax.sparse.name ?? pax.path ?? longName ?? header.name
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
            // The one number that has no opposite is no time that anything could have.
            entry.modifiedSeconds = max(try header.modified(), -Int64.max)
        }
        if !pax.attributes.isEmpty {
            entry.attributes = pax.attributes.map { TarEntry.Attribute(name: $0.key, value: $0.value) }
                .sorted { $0.name.lexicographicallyPrecedes($1.name) }
        }
        guard kind == .file else { return entry }
        let stored: Int64
        if let size = pax.size { stored = size } else { stored = try header.size() }
        try beginData(&entry, stored, header, pax.sparse)
        return entry
    }

    private func beginData(
        _ entry: inout TarEntry, _ stored: Int64, _ header: TarHeader, _ records: PaxRecords.Sparse
    ) throws(ArchiveError) {
        guard stored >= 0 else { throw .malformed("entry \(show(entry.name)) has a negative size") }
        remaining = stored
        padding = Self.padding(stored)
        sparse = try sparseMap(header, records, entry.name)
        entry.size = sparse?.size ?? stored
        entry.isSparse = sparse != nil
        let (total, overflow) = byteCount.addingReportingOverflow(max(entry.size, stored))
        guard !overflow, total <= limits.bytes else { throw .limit("it has more than \(limits.bytes) bytes of data") }
        byteCount = total
    }

    private func kind(_ header: TarHeader, _ name: [UInt8]) throws(ArchiveError) -> TarEntry.Kind {
        switch header.type {
        case 0: return name.last == UInt8(ascii: "/") ? .directory : .file
        case UInt8(ascii: "0"), UInt8(ascii: "7"), UInt8(ascii: "S"): return .file
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

    // MARK: Sparse files

    /// What the header, the records or the data's first lines say about holes; nil for an ordinary file.
    private func sparseMap(_ header: TarHeader, _ records: PaxRecords.Sparse, _ name: [UInt8]) throws(ArchiveError) -> SparseMap? {
        if header.type == UInt8(ascii: "S") { return try headerMap(header, name) }
        if records.major != nil || records.minor != nil {
            switch (records.major ?? 0, records.minor ?? 0) {
            case (1, 0): return try dataMap(records, name)
            case (0, 0), (0, 1): break
            case (let major, let minor): throw .unsupported("\(show(name)) is a sparse file of version \(major).\(minor)")
            }
        }
        guard let numbers = records.numbers else { return nil }
        guard let size = records.size else { throw .malformed("the sparse file \(show(name)) has no size") }
        return try SparseMap(SparseMap.pairs(numbers, name), size: size, stored: remaining, name)
    }

    private func headerMap(_ header: TarHeader, _ name: [UInt8]) throws(ArchiveError) -> SparseMap {
        let size = try header.realSize()
        var (segments, more) = try header.sparseSegments()
        while more {
            guard segments.count * 24 <= limits.metadata else {
                throw .limit("an entry has more than \(limits.metadata) bytes of metadata")
            }
            let (next, another) = try TarHeader.moreSparseSegments(try input.block("a sparse map is cut off"))
            segments += next
            more = another && !next.isEmpty
        }
        return try SparseMap(segments, size: size, stored: remaining, name)
    }

    private func dataMap(_ records: PaxRecords.Sparse, _ name: [UInt8]) throws(ArchiveError) -> SparseMap {
        guard let size = records.size else { throw .malformed("the sparse file \(show(name)) has no size") }
        var lines = SparseLines(name)
        var read = 0
        while true {
            guard read < limits.metadata else { throw .limit("an entry has more than \(limits.metadata) bytes of metadata") }
            guard remaining >= Int64(TarHeader.blockSize) else { throw .malformed("the sparse map of \(show(name)) is cut off") }
            read += TarHeader.blockSize
            remaining -= Int64(TarHeader.blockSize)
            if try lines.read(try input.block("a sparse map is cut off")) { break }
        }
        return try SparseMap(lines.segments(), size: size, stored: remaining, name)
    }

    // MARK: Blocks

    /// The next header; nil behind the two blocks of zeros, or where the stream ends between entries.
    private func nextHeader() throws(ArchiveError) -> TarHeader? {
        guard !isAtEnd else { return nil }
        guard let block = try headerBlock() else {
            isAtEnd = true
            return nil
        }
        guard TarHeader.isZero(block) else { return try TarHeader(block) }
        isAtEnd = true
        guard let second = try headerBlock(), !TarHeader.isZero(second) else { return nil }
        throw .malformed("a block of zeros stands between two entries")
    }

    private func headerBlock() throws(ArchiveError) -> UnsafeRawBufferPointer? {
        guard try !input.isAtEnd() else { return nil }
        return try input.block("a header is cut off")
    }

    /// Data of a metadata member, with its padding taken off.
    private func block(_ size: Int) throws(ArchiveError) -> [UInt8] {
        let bytes = try input.bytes(size + Self.padding(Int64(size)), "an extended header is cut off")
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
        sparse = nil
        try readStored { _ throws(ArchiveError) in }
        if padding > 0 { try input.skip(padding, "the data of an entry is cut off") }
        padding = 0
    }

    private static func padding(_ size: Int64) -> Int {
        let rest = Int(size % Int64(TarHeader.blockSize))
        return rest == 0 ? 0 : TarHeader.blockSize - rest
    }
}
