// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Archives byte by byte, so that tests can say what no honest writer would: any type, any number, any name.

import Glibc
import WharfArchive

/// Builds an archive in memory. Owners are the test's own unless told otherwise, so that no test needs root for them.
struct TarBuilder {
    private(set) var bytes: [UInt8] = []
    /// Seconds for entries that follow.
    var time: Int64 = 1_700_000_000

    mutating func add(
        _ type: Character, _ name: [UInt8], link: [UInt8] = [], mode: Int = 0o644, uid: Int? = nil, gid: Int? = nil, data: [UInt8] = [],
        size: Int? = nil, device: (Int, Int) = (0, 0), patch: (inout [UInt8]) -> Void = { _ in }
    ) {
        var header = [UInt8](repeating: 0, count: 512)
        header.replaceSubrange(0..<min(100, name.count), with: name.prefix(100))
        octal(mode, 100, 7, &header)
        octal(uid ?? Int(geteuid()), 108, 7, &header)
        octal(gid ?? Int(getegid()), 116, 7, &header)
        octal(size ?? data.count, 124, 11, &header)
        octal(Int(time), 136, 11, &header)
        header[156] = type.asciiValue ?? 0
        header.replaceSubrange(157..<(157 + min(100, link.count)), with: link.prefix(100))
        header.replaceSubrange(257..<265, with: Array("ustar\u{0}00".utf8))
        octal(device.0, 329, 7, &header)
        octal(device.1, 337, 7, &header)
        patch(&header)
        sign(&header)
        bytes += header + data + [UInt8](repeating: 0, count: (512 - data.count % 512) % 512)
    }

    mutating func file(_ name: String, _ data: String = "", mode: Int = 0o644) {
        add("0", Array(name.utf8), mode: mode, data: Array(data.utf8))
    }
    mutating func directory(_ name: String, mode: Int = 0o755) { add("5", Array(name.utf8), mode: mode) }
    mutating func symlink(_ name: String, _ target: String) { add("2", Array(name.utf8), link: Array(target.utf8), mode: 0o777) }
    mutating func hardLink(_ name: String, _ target: String) { add("1", Array(name.utf8), link: Array(target.utf8)) }

    /// Pax records for the entry that follows.
    mutating func pax(_ records: [(String, [UInt8])], type: Character = "x") {
        var data: [UInt8] = []
        for (key, value) in records {
            let rest = key.utf8.count + value.count + 3
            var length = rest + String(rest).utf8.count
            length = rest + String(length).utf8.count
            data += Array("\(length) \(key)=".utf8) + value + [10]
        }
        add(type, Array("PaxHeaders/x".utf8), data: data)
    }

    mutating func raw(_ more: [UInt8]) { bytes += more }

    /// With the two blocks of zeros.
    func finish() -> [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }

    private func octal(_ value: Int, _ offset: Int, _ digits: Int, _ header: inout [UInt8]) {
        let text = String(value, radix: 8)
        header.replaceSubrange(offset..<(offset + digits), with: Array((String(repeating: "0", count: digits - text.count) + text).utf8))
    }

    private func sign(_ header: inout [UInt8]) {
        header.replaceSubrange(148..<156, with: [UInt8](repeating: 0x20, count: 8))
        octal(header.reduce(0) { $0 + Int($1) }, 148, 6, &header)
        header[154] = 0
    }
}

extension TarReader {
    /// All entries with their data.
    func all() throws -> [(TarEntry, [UInt8])] {
        var result: [(TarEntry, [UInt8])] = []
        while let entry = try next() { result.append((entry, try readAll(limit: 1 << 20))) }
        return result
    }
}

func entries(_ bytes: [UInt8]) throws -> [TarEntry] { try TarReader(ArraySource(bytes)).all().map(\.0) }

/// A source that gives one byte at a time: the hardest way to be read.
final class TricklingSource: ByteSource {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        guard position < bytes.count, !buffer.isEmpty else { return 0 }
        buffer[0] = bytes[position]
        position += 1
        return 1
    }
}
