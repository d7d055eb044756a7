// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Sizes as people write and read them: `512m` is binary when read, `1.2MB` decimal when shown, as in Docker.

import Glibc

/// Reading and showing sizes in bytes.
enum ByteSize {
    /// Why a size was refused, in the words of docker's units library.
    struct Invalid: Error {
        let message: String
    }

    /// `512m`, `1.5GiB`, `1024`; binary multiples whatever the spelling.
    static func parse(_ text: String) -> Result<Int64, Invalid> {
        let bytes = Array(text.utf8)
        guard let last = bytes.lastIndex(where: { isDigit($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: " ") }) else {
            return .failure(Invalid(message: "invalid size: '\(text)'"))
        }
        let numberEnd = bytes[last] == UInt8(ascii: " ") ? last : last + 1
        let number = String(decoding: bytes[..<numberEnd], as: UTF8.self)
        let suffix = String(decoding: bytes[(last + 1)...], as: UTF8.self).lowercased()
        guard let value = Double(number), value.isFinite else {
            return .failure(Invalid(message: "strconv.ParseFloat: parsing \(quoted(number)): invalid syntax"))
        }
        if value < 0 { return .failure(Invalid(message: "invalid size: '\(text)'")) }
        guard let factor = factor(suffix) else { return .failure(Invalid(message: "invalid suffix: '\(suffix)'")) }
        let result = value * factor
        return result < 0x1p63 ? .success(Int64(result)) : .failure(Invalid(message: "invalid size: '\(text)'"))
    }

    private static func factor(_ suffix: String) -> Double? {
        guard let unit = suffix.first else { return 1 }
        if suffix == "b" { return 1 }
        guard ["", "b", "ib"].contains(String(suffix.dropFirst())), let power = "kmgtp".firstIndex(of: unit) else { return nil }
        return pow(1024, Double("kmgtp".distance(from: "kmgtp".startIndex, to: power) + 1))
    }

    /// `1.23MB`: decimal units, three significant digits unless said otherwise.
    static func decimal(_ size: Int64, digits: Int32 = 3) -> String {
        scaled(Double(size), 1000, ["B", "kB", "MB", "GB", "TB", "PB", "EB"], digits)
    }

    /// `1.234GiB`: binary units, four significant digits.
    static func binary(_ size: Int64) -> String {
        scaled(Double(size), 1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"], 4)
    }

    private static func scaled(_ size: Double, _ base: Double, _ units: [String], _ digits: Int32) -> String {
        var value = size
        var unit = 0
        while value >= base, unit < units.count - 1 {
            value /= base
            unit += 1
        }
        return significant(value, digits) + units[unit]
    }

    /// C's (and Go's) `%.Ng`.
    private static func significant(_ value: Double, _ digits: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 32)
        let count = withVaList([digits, value]) { vsnprintf(&buffer, 32, "%.*g", $0) }
        return String(decoding: buffer.prefix(Int(max(count, 0))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
