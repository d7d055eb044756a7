// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a crash left at the end of a log: a half entry. It must not spoil the next one.

import Glibc
import WharfLinux

/// Repairs of a file that is about to be appended to.
enum LogMending {
    /// Makes the end of the file the end of an entry. - Returns: the file's size.
    static func mend(_ file: Descriptor, _ format: LogFormat, size: Int64) throws(SyscallError) -> Int64 {
        guard size > 0 else { return size }
        switch format {
        case .jsonFile:
            // The torn line becomes a line of its own, which readers skip.
            let last = try bytes(of: file, at: size - 1, count: 1)
            if last.first == UInt8(ascii: "\n") || last.isEmpty { return size }
            try file.writeAll([UInt8(ascii: "\n")])
            return size + 1
        case .local:
            if try endsWhole(file, size) { return size }
            let whole = try wholeLength(file, size)
            try file.truncate(to: whole)
            return whole
        }
    }

    /// The last entry's two lengths agree.
    private static func endsWhole(_ file: Descriptor, _ size: Int64) throws(SyscallError) -> Bool {
        let wide = Int64(LocalFormat.lengthSize)
        guard let length = try length(file, at: size - wide), Int64(length) <= size - 2 * wide else { return false }
        return try self.length(file, at: size - 2 * wide - Int64(length)) == length
    }

    /// Goes from entry to entry from the beginning.
    private static func wholeLength(_ file: Descriptor, _ size: Int64) throws(SyscallError) -> Int64 {
        let wide = Int64(LocalFormat.lengthSize)
        var position: Int64 = 0
        while let length = try length(file, at: position), length <= LocalFormat.longestMessage {
            let next = position + 2 * wide + Int64(length)
            guard next <= size, try self.length(file, at: next - wide) == length else { break }
            position = next
        }
        return position
    }

    private static func length(_ file: Descriptor, at offset: Int64) throws(SyscallError) -> Int? {
        guard offset >= 0 else { return nil }
        let found = try bytes(of: file, at: offset, count: LocalFormat.lengthSize)
        return found.withUnsafeBytes { LocalFormat.length($0, at: 0) }
    }

    private static func bytes(of file: Descriptor, at offset: Int64, count: Int) throws(SyscallError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        let read = try syscall("pread") { pread(file.raw, &buffer, count, off_t(offset)) }
        return Array(buffer.prefix(Int(read)))
    }
}
