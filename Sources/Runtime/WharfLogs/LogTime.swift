// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Time stamps of log lines. A million lines a second go by here, so both ways work on bytes: the writer formats the
// date once a second, the reader knows the column of each digit.

import WharfJSON

/// Writes RFC3339Nano in UTC; keeps the text of the last second.
struct LogTimeWriter {
    private var second = Int64.min
    private var text: [UInt8] = []

    /// Appends `2006-01-02T15:04:05.999Z`, trailing zeros of the fraction dropped as Go does.
    mutating func append(_ time: Timestamp, to bytes: inout [UInt8]) {
        if time.seconds != second {
            second = time.seconds
            text = Array(Timestamp(seconds: second).rfc3339.utf8.dropLast())
        }
        bytes += text
        if time.nanoseconds > 0 {
            bytes.append(UInt8(ascii: "."))
            var rest = time.nanoseconds
            var divisor: Int32 = 100_000_000
            while rest > 0, divisor > 0 {
                bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / divisor))
                rest %= divisor
                divisor /= 10
            }
        }
        bytes.append(UInt8(ascii: "Z"))
    }
}

/// Reads time stamps; keeps the value of the last minute's text.
struct LogTimeReader {
    private var minuteText: [UInt8] = []
    private var minute: Int64 = 0

    /// Reads the form that `LogTimeWriter` writes by its columns, and any other RFC 3339 text the general way.
    mutating func read(_ bytes: UnsafeRawBufferPointer) -> Timestamp? {
        guard bytes.count >= 20, bytes[16] == UInt8(ascii: ":"), bytes.last == UInt8(ascii: "Z"),
            let tens = digit(bytes[17]), let ones = digit(bytes[18]), tens < 6
        else { return general(bytes) }
        var nanoseconds: Int32 = 0
        if bytes[19] == UInt8(ascii: ".") {
            guard bytes.count > 21, bytes.count <= 30 else { return general(bytes) }
            var scale: Int32 = 100_000_000
            for byte in bytes[20..<bytes.count - 1] {
                guard let value = digit(byte) else { return general(bytes) }
                nanoseconds += value * scale
                scale /= 10
            }
        } else if bytes.count != 20 {
            return general(bytes)
        }
        if !minuteText.elementsEqual(bytes[0..<17]) {
            let text = Array(bytes[0..<17]) + Array("00Z".utf8)
            guard let start = Timestamp(rfc3339: String(decoding: text, as: UTF8.self)) else { return nil }
            minute = start.seconds
            minuteText = Array(bytes[0..<17])
        }
        return Timestamp(seconds: minute + Int64(tens * 10 + ones), nanoseconds: nanoseconds)
    }

    private func digit(_ byte: UInt8) -> Int32? {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") ? Int32(byte - UInt8(ascii: "0")) : nil
    }

    private func general(_ bytes: UnsafeRawBufferPointer) -> Timestamp? {
        Timestamp(rfc3339: String(decoding: bytes, as: UTF8.self))
    }
}
