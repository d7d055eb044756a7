// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The times of the filter `until`: what people type after `--filter until=`. A Go duration counts back from now, everything
// else is a date, a time in RFC 3339 with parts left out, or seconds since 1970. A time without a zone is read as UTC.

public import WharfJSON

/// Reads times of filters.
public enum FilterTime {
    /// The time that a text means (moby, api/types/time, GetTimestamp); nil for none.
    public static func parse(_ text: String, now: Timestamp) -> Timestamp? {
        let bytes = Array(text.utf8)
        if !bytes.elementsEqual("0".utf8), let nanoseconds = duration(bytes) {
            return now.advanced(by: .nanoseconds(-nanoseconds))
        }
        if bytes.contains(UInt8(ascii: "-")) { return calendar(bytes) }
        return unixSeconds(bytes)
    }

    /// `1h30m`, `1.5h`, `-10m`, in nanoseconds; nil for what is no duration.
    static func duration(_ bytes: [UInt8]) -> Int64? {
        var rest = bytes[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        guard !rest.isEmpty else { return nil }
        var total = 0.0
        while !rest.isEmpty {
            let number = rest.prefix { isDigit($0) || $0 == UInt8(ascii: ".") }
            rest = rest[number.endIndex...]
            let unit = rest.prefix { !isDigit($0) && $0 != UInt8(ascii: ".") }
            rest = rest[unit.endIndex...]
            guard let value = Double(String(decoding: number, as: UTF8.self)), let scale = units[String(decoding: unit, as: UTF8.self)]
            else { return nil }
            total += value * scale
        }
        return Int64(exactly: (isNegative ? -total : total).rounded())
    }

    private static let units: [String: Double] = [
        "ns": 1, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9,
    ]

    /// `2026-01-02`, `2026-01-02T03`, `2026-01-02T03:04:05.6+01:00` and what lies between; a date may have a zone too.
    private static func calendar(_ bytes: [UInt8]) -> Timestamp? {
        let date = bytes.prefix(10)
        var rest = bytes[date.endIndex...]
        var time = [UInt8]("00:00:00".utf8)[...]
        if rest.first == UInt8(ascii: "T") || rest.first == UInt8(ascii: "t") {
            rest = rest.dropFirst()
            time = rest.prefix { isDigit($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }
            rest = rest[time.endIndex...]
            switch time.count {
            case 2: time = time + Array(":00:00".utf8)
            case 5: time = time + Array(":00".utf8)
            default: break
            }
        }
        let zone = rest.isEmpty ? Array("Z".utf8)[...] : rest
        return Timestamp(rfc3339: String(decoding: date + [UInt8(ascii: "T")] + time + zone, as: UTF8.self))
    }

    private static func unixSeconds(_ bytes: [UInt8]) -> Timestamp? {
        let parts = bytes.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let seconds = Int64(String(decoding: first, as: UTF8.self)) else { return nil }
        guard parts.count == 2 else { return Timestamp(seconds: seconds) }
        let digits = parts[1]
        guard (1...9).contains(digits.count), digits.allSatisfy(isDigit) else { return nil }
        var nanoseconds = digits.reduce(Int32(0)) { $0 * 10 + Int32($1 - UInt8(ascii: "0")) }
        for _ in digits.count..<9 { nanoseconds *= 10 }
        return Timestamp(seconds: seconds, nanoseconds: nanoseconds)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
