// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Finds where the last N lines of a log begin, reading backward from the end: a log of gigabytes costs as much as one
// of kilobytes.

import WharfLinux

/// Where to begin.
struct LogTail {
    let file: Descriptor
    let inode: UInt64
    let offset: Int64
    /// Of a rotated file that is compressed, nil for any other.
    let compressedNumber: UInt64?

    private static let blockSize = 64 << 10

    /// The start of the last `count` whole lines; the start of the log when it has fewer, nil when it has no file.
    /// A torn last line does not count.
    static func start(of count: Int, in files: LogFiles, _ format: LogFormat) throws(SyscallError) -> LogTail? {
        var found: LogTail?
        var left = max(count, 0)
        // Newest first, and the current file before the list is read, so that a rotation in between hides nothing; it
        // can only make one file appear twice, which the inode tells.
        var seen: Set<UInt64> = []
        if let current = try files.openFile(files.name) {
            let status = try current.status()
            seen.insert(status.inode)
            let (offset, lines) = try start(of: left, in: current, size: status.size, format)
            found = LogTail(file: current, inode: status.inode, offset: offset, compressedNumber: nil)
            left -= lines
        }
        for number in try files.rotated().reversed() where found == nil || left > 0 {
            guard let file = try files.openRotated(number), seen.insert(file.status.inode).inserted else { continue }
            let (offset, lines) = try start(of: left, in: file.descriptor, size: file.descriptor.status().size, format)
            found = LogTail(
                file: file.descriptor, inode: file.status.inode, offset: offset, compressedNumber: file.isCompressed ? number : nil)
            left -= lines
        }
        return found
    }

    /// The start of the last `count` lines of one file and how many there were (at most `count`).
    private static func start(
        of count: Int, in file: Descriptor, size: Int64, _ format: LogFormat
    ) throws(SyscallError) -> (offset: Int64, lines: Int) {
        if format == .local { return try startOfMessages(count, in: file, size: size) }
        var lines = 0
        var end = size
        // The newline that ends the last line is met first, so the one in front of the wanted lines is number count + 1.
        var wanted = count
        while end > 0 {
            let start = max(0, end - Int64(blockSize))
            let length = Int(end - start)
            let newline = try scan(file, from: start, length: length, skipping: &wanted, counting: &lines)
            if let newline { return (start + Int64(newline) + 1, lines) }
            end = start
        }
        return (0, lines)
    }

    /// Goes backward from message to message by the lengths behind them.
    private static func startOfMessages(
        _ count: Int, in file: Descriptor, size: Int64
    ) throws(SyscallError) -> (offset: Int64, lines: Int) {
        let wide = Int64(LocalFormat.lengthSize)
        var (position, lines) = (size, 0)
        while lines < count, position >= 2 * wide {
            var bytes = [UInt8](repeating: 0, count: LocalFormat.lengthSize)
            let read = try bytes.withUnsafeMutableBufferPointer { buffer throws(SyscallError) in
                try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: position - wide)
            }
            let length = bytes.withUnsafeBytes { LocalFormat.length($0, at: 0) } ?? 0
            guard read == bytes.count, length <= LocalFormat.longestMessage, position >= Int64(length) + 2 * wide else { break }
            position -= Int64(length) + 2 * wide
            lines += 1
        }
        return (position, lines)
    }

    /// Goes backward over a block; the index of the newline in front of the wanted lines when it is in this block.
    private static func scan(
        _ file: Descriptor, from start: Int64, length: Int, skipping wanted: inout Int, counting lines: inout Int
    ) throws(SyscallError) -> Int? {
        try withUnsafeTemporaryAllocation(byteCount: blockSize, alignment: 16) { block throws(SyscallError) -> Int? in
            var filled = 0
            while filled < length {
                let count = try file.read(
                    into: UnsafeMutableRawBufferPointer(rebasing: block[filled..<length]), at: start + Int64(filled))
                if count == 0 { break }
                filled += count
            }
            var end = filled
            while let index = block[..<end].lastIndex(of: UInt8(ascii: "\n")) {
                if wanted == 0 { return index }
                wanted -= 1
                lines += 1
                end = index
            }
            return nil
        }
    }
}
