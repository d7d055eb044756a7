// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Docker's format of the driver `local` (moby, daemon/logger/local), so that files of either can be read by the other:
//
//   | length | message | length |       lengths are 32 bits, big-endian; the second one is for reading backward
//
// The message, as protocol buffers: 1 source ("stdout"), 2 time in nanoseconds since 1970, 3 the line without its newline,
// 4 set when the line goes on in the next entry.

import WharfJSON

/// Writes and reads entries of `local`.
enum LocalFormat {
    /// A length before, and one behind the message.
    static let lengthSize = 4
    /// What is longer was not written by anybody.
    static let longestMessage = 1 << 20

    static func append(
        _ stream: LogStream, _ line: UnsafeRawBufferPointer, terminated: Bool, at time: Timestamp, to bytes: inout [UInt8]
    ) {
        let start = bytes.count
        bytes += [0, 0, 0, 0]
        bytes += [0x0A, 6]
        bytes += stream.name.utf8
        bytes.append(0x10)
        appendVarint(UInt64(bitPattern: time.unixNanoseconds), to: &bytes)
        bytes.append(0x1A)
        appendVarint(UInt64(line.count), to: &bytes)
        bytes += line
        if !terminated { bytes += [0x20, 1] }
        let length = UInt32(bytes.count - start - lengthSize)
        let big = [UInt8(length >> 24), UInt8(length >> 16 & 0xFF), UInt8(length >> 8 & 0xFF), UInt8(length & 0xFF)]
        bytes.replaceSubrange(start..<start + lengthSize, with: big)
        bytes += big
    }

    private static func appendVarint(_ value: UInt64, to bytes: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// The length that stands at `index`; nil when there are not enough bytes for one.
    static func length(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Int? {
        guard index >= 0, bytes.count - index >= lengthSize else { return nil }
        return Int(bytes[index]) << 24 | Int(bytes[index + 1]) << 16 | Int(bytes[index + 2]) << 8 | Int(bytes[index + 3])
    }

    /// The entry in a message (without its lengths), nil when it is none.
    static func decode(_ message: UnsafeRawBufferPointer) -> LogEntry? {
        var entry = LogEntry(stream: .stdout, timestamp: .zero, line: [])
        var isPartial = false
        var index = 0
        while index < message.count {
            guard let tag = varint(message, &index), let value = varint(message, &index) else { return nil }
            switch tag {
            case 0x10: entry.timestamp = Timestamp(unixNanoseconds: Int64(bitPattern: value))
            case 0x20: isPartial = value != 0
            case let tag where tag & 7 == 2:
                guard value <= UInt64(message.count - index) else { return nil }
                let content = UnsafeRawBufferPointer(rebasing: message[index..<index + Int(value)])
                index += Int(value)
                if tag == 0x0A { entry.stream = content.elementsEqual("stderr".utf8) ? .stderr : .stdout }
                if tag == 0x1A { entry.line = Array(content) }
            case let tag where tag & 7 == 0: break
            default: return nil
            }
        }
        if !isPartial { entry.line.append(UInt8(ascii: "\n")) }
        return entry
    }

    private static func varint(_ bytes: UnsafeRawBufferPointer, _ index: inout Int) -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while index < bytes.count, shift < 64 {
            let byte = bytes[index]
            index += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }
}
