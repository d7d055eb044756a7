// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Docker's json-file format, byte for byte as dockerd writes it, so that log shippers and the docker CLI's users find
// what they know:
//
//   {"log":"a line\n","stream":"stdout","attrs":{"k":"v"},"time":"2006-01-02T15:04:05.999999999Z"}\n      attrs only where asked for
//
// Escapes are those of daemon/logger/jsonfilelog/jsonlog in moby: `<`, `>`, `&` and control characters as \u00xx
// (a tab too), \n and \r short, U+2028 and U+2029 as \u202x, and \ufffd for each byte that is not UTF-8.

import WharfJSON

/// Writes entries into a byte array.
struct JSONFileEncoder {
    private var time = LogTimeWriter()
    /// What stands between stream and time: `,"attrs":{…}`, or nothing.
    private let attributes: [UInt8]

    /// - Parameter attributes: a JSON object; empty for none.
    init(attributes: [UInt8] = []) {
        self.attributes = attributes.isEmpty ? [] : Array(#","attrs":"#.utf8) + attributes
    }

    private static let head = Array(#"{"log":""#.utf8)
    private static let stdoutMiddle = Array(#"","stream":"stdout""#.utf8)
    private static let stderrMiddle = Array(#"","stream":"stderr""#.utf8)
    private static let timeName = Array(#","time":""#.utf8)
    private static let tail = Array("\"}\n".utf8)
    private static let escapedNewline = Array(#"\n"#.utf8)

    /// Appends one entry. `line` is without its newline, which `terminated` stands for.
    mutating func append(
        _ stream: LogStream, _ line: UnsafeRawBufferPointer, terminated: Bool, at timestamp: Timestamp, to bytes: inout [UInt8]
    ) {
        bytes += Self.head
        JSONFileEscapes.append(line, to: &bytes)
        if terminated { bytes += Self.escapedNewline }
        bytes += stream == .stdout ? Self.stdoutMiddle : Self.stderrMiddle
        bytes += attributes
        bytes += Self.timeName
        time.append(timestamp, to: &bytes)
        bytes += Self.tail
    }
}

/// The escapes of a JSON string in this format.
enum JSONFileEscapes {
    /// 1 for the bytes that can't stand as they are.
    private static let special: [UInt8] = (0...255).map { byte in
        let plain = byte >= 0x20 && byte < 0x80 && !Array("\\\"<>&".utf8).contains(UInt8(byte))
        return plain ? 0 : 1
    }

    private static let digits = Array("0123456789abcdef".utf8)

    static func append(_ text: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
        special.withUnsafeBufferPointer { special in
            var run = 0
            var index = 0
            while index < text.count {
                let byte = text[index]
                if special[Int(byte)] == 0 {
                    index += 1
                    continue
                }
                if byte >= 0x80, let length = UTF8Sequence.length(text, at: index), !isLineSeparator(text, index, length) {
                    index += length
                    continue
                }
                bytes += UnsafeRawBufferPointer(rebasing: text[run..<index])
                index += escape(text, index, to: &bytes)
                run = index
            }
            bytes += UnsafeRawBufferPointer(rebasing: text[run..<text.count])
        }
    }

    /// Appends the escape of what stands at `index`; the number of bytes that it stands for.
    private static func escape(_ text: UnsafeRawBufferPointer, _ index: Int, to bytes: inout [UInt8]) -> Int {
        let byte = text[index]
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\\"), UInt8(ascii: "\""): bytes.append(byte)
        case UInt8(ascii: "\n"): bytes.append(UInt8(ascii: "n"))
        case UInt8(ascii: "\r"): bytes.append(UInt8(ascii: "r"))
        case 0..<0x80:
            bytes += "u00".utf8
            bytes.append(digits[Int(byte >> 4)])
            bytes.append(digits[Int(byte & 0xF)])
        default:
            guard let length = UTF8Sequence.length(text, at: index) else {
                bytes += "ufffd".utf8
                return 1
            }
            bytes += "u202".utf8
            bytes.append(text[index + 2] == 0xA8 ? UInt8(ascii: "8") : UInt8(ascii: "9"))
            return length
        }
        return 1
    }

    private static func isLineSeparator(_ text: UnsafeRawBufferPointer, _ index: Int, _ length: Int) -> Bool {
        length == 3 && text[index] == 0xE2 && text[index + 1] == 0x80 && text[index + 2] & 0xFE == 0xA8
    }
}

/// UTF-8 as Go reads it: one broken byte at a time.
enum UTF8Sequence {
    /// The length of the well-formed sequence at `index`, nil when there is none.
    static func length(_ text: UnsafeRawBufferPointer, at index: Int) -> Int? {
        let lead = text[index]
        if lead < 0x80 { return 1 }
        guard lead >= 0xC2, lead <= 0xF4 else { return nil }
        let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
        guard index + length <= text.count else { return nil }
        let second = text[index + 1]
        let lowest: UInt8 = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80
        let highest: UInt8 = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF
        guard second >= lowest, second <= highest else { return nil }
        for offset in 2..<max(2, length) where text[index + offset] & 0xC0 != 0x80 { return nil }
        return length
    }
}
