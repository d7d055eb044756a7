// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Times as people write them (`42m`, `2013-01-02T13:23`, seconds since 1970) and as lists show them.

import Glibc
import WharfJSON

/// Reads and shows points in time.
enum TimeText {
    /// A duration before `now`, a date in several lengths (in the local zone unless it names one), or Unix seconds.
    static func parse(_ text: String, now: Timestamp) -> Timestamp? {
        if let seconds = unix(text) { return seconds }
        if let duration = GoDuration.parse(text) { return Timestamp(unixNanoseconds: now.unixNanoseconds - duration) }
        return date(text)
    }

    /// `1136073600`, `1136073600.000000001`
    private static func unix(_ text: String) -> Timestamp? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let seconds = Int64(parts[0]) else { return nil }
        guard parts.count == 2 else { return Timestamp(seconds: seconds) }
        guard parts[1].utf8.allSatisfy(isDigit), !parts[1].isEmpty else { return nil }
        let digits = parts[1].prefix(9)
        guard let fraction = Int32(digits + String(repeating: "0", count: 9 - digits.count)) else { return nil }
        return Timestamp(seconds: seconds, nanoseconds: fraction)
    }

    /// RFC 3339 with the end of the time of day and the zone left out at will.
    private static func date(_ text: String) -> Timestamp? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 10 else { return nil }
        let day = String(decoding: bytes[..<10], as: UTF8.self)
        var rest = String(decoding: bytes[10...], as: UTF8.self)
        var zone: String?
        if rest.hasSuffix("Z") {
            zone = "Z"
            rest = String(rest.dropLast())
        } else if let sign = rest.lastIndex(where: { $0 == "+" || $0 == "-" }) {
            zone = String(rest[sign...])
            rest = String(rest[..<sign])
        }
        // Missing parts of the time of day are zero.
        let full = "T00:00:00"
        if rest.count < full.count { rest += full.dropFirst(rest.count) }
        if let zone { return Timestamp(rfc3339: day + rest + zone) }
        guard let asUTC = Timestamp(rfc3339: day + rest + "Z") else { return nil }
        return Timestamp(seconds: local(asUTC.seconds), nanoseconds: asUTC.nanoseconds)
    }

    /// The instant at which the local clock shows what UTC shows at `seconds`.
    private static func local(_ seconds: Int64) -> Int64 {
        var time = time_t(seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        parts.tm_isdst = -1
        return Int64(mktime(&parts))
    }

    /// `2006-01-02 15:04:05 -0700 MST`, in the local zone, as lists show it.
    static func listed(_ seconds: Int64) -> String {
        var time = time_t(seconds)
        var parts = tm()
        localtime_r(&time, &parts)
        var buffer = [CChar](repeating: 0, count: 64)
        let count = strftime(&buffer, buffer.count, "%Y-%m-%d %H:%M:%S %z %Z", &parts)
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// `2006-01-02T15:04:05+02:00`, in the local zone; `Z` where that is UTC.
    static func rfc3339(_ seconds: Int64) -> String {
        var time = time_t(seconds)
        var parts = tm()
        localtime_r(&time, &parts)
        var buffer = [CChar](repeating: 0, count: 64)
        let count = strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%S", &parts)
        let text = String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard parts.tm_gmtoff != 0 else { return text + "Z" }
        let minutes = abs(parts.tm_gmtoff) / 60
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return text + (parts.tm_gmtoff < 0 ? "-" : "+") + two(minutes / 60) + ":" + two(minutes % 60)
    }
}
