// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The tar reader on any bytes. Checksums of what looks like headers are made right first, or nothing would get behind them.
// What is read must not depend on how the stream is cut, and must survive being written and read again.

import Glibc
import WharfArchive
import WharfLinux

/// Bytes in pieces of a few sizes.
final class CutSource: ByteSource {
    private let bytes: [UInt8]
    private let size: Int
    private var position = 0

    init(_ bytes: [UInt8], by size: Int) {
        self.bytes = bytes
        self.size = size
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        let part = bytes[position...].prefix(min(size, buffer.count))
        buffer.copyBytes(from: part)
        position += part.count
        return part.count
    }
}

/// An entry with the beginning of its data.
private struct Member: Equatable {
    var entry: TarEntry
    var data: [UInt8]
}

private let limits = ArchiveLimits(entries: 100, bytes: 1 << 20, metadata: 4096)

private func members(_ source: any ByteSource) throws(ArchiveError) -> [Member] {
    let reader = TarReader(source, limits: limits)
    var result: [Member] = []
    while let entry = try reader.next() { result.append(Member(entry: entry, data: try reader.readAll(limit: 1 << 20))) }
    return result
}

/// The same without limits: what was written holds a little more than what was read.
private func written(_ bytes: [UInt8]) throws(ArchiveError) -> [Member] {
    let reader = TarReader(ArraySource(bytes))
    var result: [Member] = []
    while let entry = try reader.next() { result.append(Member(entry: entry, data: try reader.readAll(limit: 1 << 20))) }
    return result
}

private func signed(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for start in stride(from: 0, to: bytes.count - 511, by: 512) where bytes[(start + 257)..<(start + 262)].elementsEqual("ustar".utf8) {
        for index in 148..<156 { bytes[start + index] = 0x20 }
        var sum = bytes[start..<(start + 512)].reduce(0) { $0 + Int($1) }
        for index in (148..<154).reversed() {
            bytes[start + index] = 0x30 + UInt8(sum & 7)
            sum >>= 3
        }
    }
    return bytes
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTar(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    var input = FuzzInput(data, size)
    let cut = [1, 7, 511, 512, 513][input.number(below: 5)]
    let bytes = signed(input.remainder())
    let whole = Result { () throws(ArchiveError) in try members(ArraySource(bytes)) }
    let pieces = Result { () throws(ArchiveError) in try members(CutSource(bytes, by: cut)) }
    switch (whole, pieces) {
    case (.failure(let one), .failure(let other)):
        expect(one.description == other.description, "cut by \(cut): \(one), \(other)")
        expect(one.description.utf8.count < 2048, "an error of \(one.description.utf8.count) bytes")
    case (.success(let one), .success(let other)):
        expect(one == other, "cut by \(cut): \(one.count) and \(other.count) members")
        rewrite(one)
    default: expect(false, "cut by \(cut): \(whole), \(pieces)")
    }
    return 0
}

/// What can be read can be written, and is then the same.
private func rewrite(_ members: [Member]) {
    let sink = ArraySink()
    do throws(ArchiveError) {
        let writer = TarWriter(sink)
        for member in members { try writer.append(member.entry, data: member.data) }
        try writer.finish()
        let again = try written(sink.bytes)
        expect(again.count == members.count, "\(members.count) members became \(again.count)")
        for (before, after) in zip(members, again) {
            expect(before.data == after.data, "data changed: \(before.entry)")
            expect(plain(before.entry) == plain(after.entry), "\(before.entry) became \(after.entry)")
        }
    } catch {
        expect(false, "what was read can't be written and read: \(error)")
    }
}

/// Without what a written archive says in another way or not at all.
private func plain(_ entry: TarEntry) -> TarEntry {
    var entry = entry
    entry.isSparse = false
    // A NUL in a pax record ends the name in a header.
    entry.userName = []
    entry.groupName = []
    return entry
}
