// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Reads one line of the json-file format. What this product or dockerd wrote takes the fast way, column by column;
// any other JSON object with the same keys takes the general parser.

import WharfJSON

/// Reads lines; not thread-safe, one per reader.
struct JSONFileDecoder {
    private var time = LogTimeReader()

    /// The entry in `line` (without its newline), nil when it is none: torn by a crash, or not ours.
    mutating func decode(_ line: UnsafeRawBufferPointer) -> LogEntry? {
        fast(line) ?? general(line)
    }

    private mutating func fast(_ line: UnsafeRawBufferPointer) -> LogEntry? {
        var scanner = Scanner(bytes: line)
        guard scanner.take(Self.head), let text = scanner.string() else { return nil }
        let stream: LogStream
        if scanner.take(Self.stdout) { stream = .stdout } else if scanner.take(Self.stderr) { stream = .stderr } else { return nil }
        guard let timeText = scanner.plainString(), scanner.take(Self.tail), scanner.isAtEnd, let timestamp = time.read(timeText) else {
            return nil
        }
        return LogEntry(stream: stream, timestamp: timestamp, line: text)
    }

    private func general(_ line: UnsafeRawBufferPointer) -> LogEntry? {
        // A line that can't be read is skipped: the next one may be whole.
        guard case .object(let object)? = try? JSON.parse(Array(line)),
            case .string(let time)? = object["time"], let timestamp = Timestamp(rfc3339: time)
        else { return nil }
        var text: [UInt8] = []
        if case .string(let log)? = object["log"] { text = Array(log.utf8) }
        var stream = LogStream.stdout
        if case .string(let name)? = object["stream"], name.utf8.elementsEqual("stderr".utf8) { stream = .stderr }
        var entry = LogEntry(stream: stream, timestamp: timestamp, line: text)
        if let attributes = object["attrs"]?.object {
            for member in attributes.members { entry.attributes[member.key] = member.value.string }
        }
        return entry
    }

    private static let head = Array(#"{"log":"#.utf8)
    private static let stdout = Array(#","stream":"stdout","time":"#.utf8)
    private static let stderr = Array(#","stream":"stderr","time":"#.utf8)
    private static let tail = Array("}".utf8)
}

/// A position in a line.
private struct Scanner {
    let bytes: UnsafeRawBufferPointer
    private var index = 0

    init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var isAtEnd: Bool { index == bytes.count }

    mutating func take(_ text: [UInt8]) -> Bool {
        guard bytes.count - index >= text.count, text.elementsEqual(bytes[index..<index + text.count]) else { return false }
        index += text.count
        return true
    }

    /// A quoted string without escapes, as a view.
    mutating func plainString() -> UnsafeRawBufferPointer? {
        guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else { return nil }
        let start = index + 1
        guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "\"")) else { return nil }
        let text = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
        guard !text.contains(UInt8(ascii: "\\")) else { return nil }
        index = end + 1
        return text
    }

    /// A quoted string with its escapes undone; nil for anything that the general parser should judge.
    mutating func string() -> [UInt8]? {
        guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else { return nil }
        index += 1
        var text: [UInt8] = []
        text.reserveCapacity(min(bytes.count - index, 1 << 14))
        var run = index
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                text += UnsafeRawBufferPointer(rebasing: bytes[run..<index])
                index += 1
                return text
            }
            guard byte == UInt8(ascii: "\\") else {
                guard byte >= 0x20 else { return nil }
                index += 1
                continue
            }
            text += UnsafeRawBufferPointer(rebasing: bytes[run..<index])
            guard unescape(into: &text) else { return nil }
            run = index
        }
        return nil
    }

    private mutating func unescape(into text: inout [UInt8]) -> Bool {
        guard index + 1 < bytes.count else { return false }
        let letter = bytes[index + 1]
        index += 2
        switch letter {
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
        case UInt8(ascii: "u"):
            guard index + 4 <= bytes.count else { return false }
            var value: UInt32 = 0
            for byte in bytes[index..<index + 4] {
                guard let digit = hexadecimal(byte) else { return false }
                value = value << 4 | digit
            }
            // Surrogates are left to the general parser; this format's writer never makes them.
            guard let scalar = UnicodeScalar(value) else { return false }
            index += 4
            text += UTF8.encode(scalar).map(Array.init) ?? []
        default: return false
        }
        return true
    }

    private func hexadecimal(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }
}
