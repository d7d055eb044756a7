// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Points in time as the documents of this product carry them: RFC 3339 in UTC with up to nine digits of fraction.
// For display, records and token expiry only; back-off and health run on the monotonic clock.

internal import Glibc

/// A point in wall-clock time, in nanoseconds.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Whole seconds since 1970-01-01T00:00:00Z.
    public let seconds: Int64
    /// 0 ..< 1,000,000,000.
    public let nanoseconds: Int32

    public init(seconds: Int64, nanoseconds: Int32 = 0) {
        self.seconds = seconds
        self.nanoseconds = min(max(nanoseconds, 0), 999_999_999)
    }

    /// Go's zero time, 0001-01-01T00:00:00Z, which Docker shows for "never".
    public static let zero = Timestamp(seconds: -62_135_596_800)

    /// The wall clock now.
    public static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(seconds: Int64(time.tv_sec), nanoseconds: Int32(truncatingIfNeeded: time.tv_nsec))
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    /// Nanoseconds since 1970, clamped to what 64 bits hold (years 1678 to 2262).
    public var unixNanoseconds: Int64 {
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, carried) = scaled.addingReportingOverflow(Int64(nanoseconds))
        return carried ? .max : sum
    }

    public init(unixNanoseconds: Int64) {
        let (quotient, remainder) = unixNanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        self =
            remainder < 0
            ? Timestamp(seconds: quotient - 1, nanoseconds: Int32(remainder + 1_000_000_000))
            : Timestamp(seconds: quotient, nanoseconds: Int32(remainder))
    }

    /// The time from `earlier` to `self`; negative when the clock went backward.
    public func elapsed(since earlier: Timestamp) -> Duration {
        .seconds(seconds - earlier.seconds) + .nanoseconds(Int64(nanoseconds) - Int64(earlier.nanoseconds))
    }

    public func advanced(by duration: Duration) -> Timestamp {
        let (whole, attoseconds) = duration.components
        let total = Int64(nanoseconds) + attoseconds / 1_000_000_000
        let carry = total >= 1_000_000_000 ? 1 : total < 0 ? -1 : 0
        return Timestamp(seconds: seconds &+ whole &+ Int64(carry), nanoseconds: Int32(total - Int64(carry) * 1_000_000_000))
    }

    // MARK: RFC 3339

    /// Go's RFC3339Nano in UTC: trailing zeros of the fraction are dropped, `2006-01-02T15:04:05.9Z`.
    public var rfc3339: String { format(fixedFraction: false) }

    /// With all nine digits, so that lines of a log align: `2006-01-02T15:04:05.900000000Z`.
    public var rfc3339Fixed: String { format(fixedFraction: true) }

    private func format(fixedFraction: Bool) -> String {
        let (days, rest) = Self.floorDivide(seconds, 86_400)
        let date = Self.civil(daysSince1970: days)
        var text = "\(Self.pad(date.year, 4))-\(Self.pad(date.month, 2))-\(Self.pad(date.day, 2))T"
        text += "\(Self.pad(rest / 3600, 2)):\(Self.pad(rest / 60 % 60, 2)):\(Self.pad(rest % 60, 2))"
        if nanoseconds != 0 || fixedFraction {
            var fraction = Self.pad(Int64(nanoseconds), 9)
            while !fixedFraction, fraction.utf8.last == UInt8(ascii: "0") { fraction.removeLast() }
            text += ".\(fraction)"
        }
        return text + "Z"
    }

    /// Reads `2006-01-02T15:04:05[.fraction](Z|±hh:mm)`; nil for anything else.
    public init?(rfc3339 text: String) {
        var reader = DigitReader(bytes: Array(text.utf8))
        guard let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"), let day = reader.number(2),
            reader.take("T") || reader.take("t") || reader.take(" "),
            let hour = reader.number(2), reader.take(":"), let minute = reader.number(2), reader.take(":"), let second = reader.number(2),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        var fraction: Int64 = 0
        if reader.take(".") {
            guard let digits = reader.fraction() else { return nil }
            fraction = digits
        }
        var offset: Int64 = 0
        if !(reader.take("Z") || reader.take("z")) {
            let sign: Int64
            if reader.take("+") { sign = 1 } else if reader.take("-") { sign = -1 } else { return nil }
            guard let hours = reader.number(2), reader.take(":"), let minutes = reader.number(2) else { return nil }
            offset = sign * (hours * 3600 + minutes * 60)
        }
        guard reader.isAtEnd else { return nil }
        let days = Self.days(year: year, month: month, day: day)
        self.init(seconds: days * 86_400 + hour * 3600 + minute * 60 + second - offset, nanoseconds: Int32(fraction))
    }

    // MARK: The calendar (proleptic Gregorian, in eras of 400 years that begin on the first of March)

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    private static func civil(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = floorDivide(days + 719_468, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = floorDivide(shiftedYear, 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func pad(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}

/// Reads fixed-width decimal fields.
private struct DigitReader {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(truncatingIfNeeded: character.value) else { return false }
        position += 1
        return true
    }

    private mutating func digit() -> Int64? {
        guard position < bytes.count, bytes[position] >= UInt8(ascii: "0"), bytes[position] <= UInt8(ascii: "9") else { return nil }
        defer { position += 1 }
        return Int64(bytes[position] - UInt8(ascii: "0"))
    }

    mutating func number(_ width: Int) -> Int64? {
        var result: Int64 = 0
        for _ in 0..<width {
            guard let digit = digit() else { return nil }
            result = result * 10 + digit
        }
        return result
    }

    /// The digits behind the point as nanoseconds; more than nine are read and dropped.
    mutating func fraction() -> Int64? {
        var result: Int64 = 0
        var count = 0
        while let digit = digit() {
            if count < 9 { result = result * 10 + digit }
            count += 1
        }
        guard count > 0 else { return nil }
        while count < 9 {
            result *= 10
            count += 1
        }
        return result
    }
}

extension Timestamp: JSONWritable, Decodable {
    public func write(to json: inout JSONWriter) { json.string(rfc3339) }

    /// Absent, null and empty read as `zero`.
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        if text.isEmpty {
            self = .zero
        } else if let time = Timestamp(rfc3339: text) {
            self = time
        } else {
            throw JSONError.invalid("\"\(text)\" is not a time in RFC 3339 form")
        }
    }
}
