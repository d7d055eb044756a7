// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The kinds of flags that commands declare: switches, texts, numbers, lists, sizes. Refusals are worded as Go's
// strconv and Docker's option types word them.

extension Flag where Value == Bool {
    /// A switch: `--rm`, `--rm=false`.
    static func on(_ name: String, _ short: Character? = nil, _ help: String, default fallback: Bool = false) -> Flag<Bool> {
        Flag<Bool>(
            name: name, short: short, help: help, valueName: "", defaultText: fallback ? "true" : nil, isSwitch: true, fallback: fallback
        ) { value, text throws(InvalidValue) in
            guard let parsed = parseBool(text) else {
                throw InvalidValue(reason: "strconv.ParseBool: parsing \(quoted(text)): invalid syntax")
            }
            value = parsed
        }
    }
}

extension Flag where Value == String {
    /// A text; the last one counts.
    static func text(
        _ name: String, _ short: Character? = nil, _ help: String, value: String = "string", default fallback: String = ""
    )
        -> Flag<String>
    {
        Flag<String>(
            name: name, short: short, help: help, valueName: value, defaultText: fallback.isEmpty ? nil : quoted(fallback),
            isSwitch: false, fallback: fallback
        ) { $0 = $1 }
    }
}

extension Flag where Value == [String] {
    /// A list: each use adds one. `check` may refuse or rewrite a value.
    static func list(
        _ name: String, _ short: Character? = nil, _ help: String, value: String = "list",
        check: @escaping @Sendable (String) throws(InvalidValue) -> String = { text throws(InvalidValue) in text }
    ) -> Flag<[String]> {
        Flag<[String]>(name: name, short: short, help: help, valueName: value, isSwitch: false, fallback: []) {
            list, text throws(InvalidValue) in
            list.append(try check(text))
        }
    }
}

extension Flag {
    /// A list whose elements are read when they are given.
    static func parsed<Element: Sendable>(
        _ name: String, _ help: String, value: String = "list", _ read: @escaping @Sendable (String) throws(InvalidValue) -> Element
    ) -> Flag<[Element]> where Value == [Element] {
        Flag<[Element]>(name: name, short: nil, help: help, valueName: value, isSwitch: false, fallback: []) {
            list, text throws(InvalidValue) in
            list.append(try read(text))
        }
    }
}

extension Flag where Value == Int64 {
    /// A whole number.
    static func int(
        _ name: String, _ short: Character? = nil, _ help: String, value: String = "int", default fallback: Int64 = 0
    ) -> Flag<Int64> {
        Flag<Int64>(
            name: name, short: short, help: help, valueName: value, defaultText: fallback == 0 ? nil : String(fallback), isSwitch: false,
            fallback: fallback
        ) { number, text throws(InvalidValue) in
            number = try parseInt(text, as: value.hasPrefix("u") ? "ParseUint" : "ParseInt")
            guard value != "uint16" || (0...65_535).contains(number) else {
                throw InvalidValue(reason: "strconv.ParseUint: parsing \(quoted(text)): value out of range")
            }
        }
    }

    /// A size in bytes: `512m`, `1g`.
    static func bytes(_ name: String, _ short: Character? = nil, _ help: String, allowingUnlimited: Bool = false) -> Flag<Int64> {
        Flag<Int64>(name: name, short: short, help: help, valueName: "bytes", isSwitch: false, fallback: 0) {
            size, text throws(InvalidValue) in
            if allowingUnlimited, text == "-1" {
                size = -1
                return
            }
            switch ByteSize.parse(text) {
            case .success(let bytes): size = bytes
            case .failure(let error): throw InvalidValue(reason: error.message)
            }
        }
    }

    /// A decimal count of processors in billionths: `1.5`.
    static func cpus(_ name: String, _ help: String) -> Flag<Int64> {
        Flag<Int64>(name: name, short: nil, help: help, valueName: "decimal", isSwitch: false, fallback: 0) {
            nano, text throws(InvalidValue) in
            nano = try parseNanoCPUs(text)
        }
    }

    /// A Go duration in nanoseconds: `1m30s`.
    static func duration(_ name: String, _ help: String) -> Flag<Int64> {
        Flag<Int64>(name: name, short: nil, help: help, valueName: "duration", defaultText: "0s", isSwitch: false, fallback: 0) {
            duration, text throws(InvalidValue) in
            guard let parsed = GoDuration.parse(text) else { throw InvalidValue(reason: "time: invalid duration \(quoted(text))") }
            duration = parsed
        }
    }
}

/// Go's spellings of a truth value; nil for anything else.
func parseBool(_ text: String) -> Bool? {
    switch text {
    case "1", "t", "T", "true", "TRUE", "True": true
    case "0", "f", "F", "false", "FALSE", "False": false
    default: nil
    }
}

/// A number in Go's base 0: decimal, 0x, 0o, 0b or a leading zero for octal.
func parseInt(_ text: String, as function: String = "ParseInt") throws(InvalidValue) -> Int64 {
    var digits = Substring(text)
    var sign = ""
    if function == "ParseInt", let first = digits.first, first == "-" || first == "+" {
        sign = first == "-" ? "-" : ""
        digits = digits.dropFirst()
    }
    var radix = 10
    for (prefix, base) in [("0x", 16), ("0X", 16), ("0b", 2), ("0B", 2), ("0o", 8), ("0O", 8)] where digits.hasPrefix(prefix) {
        radix = base
        digits = digits.dropFirst(2)
    }
    if radix == 10, digits.utf8.count > 1, digits.first == "0" {
        radix = 8
        digits = digits.dropFirst()
    }
    let isNumber = !digits.isEmpty && digits.utf8.allSatisfy { Int64(String(decoding: [$0], as: UTF8.self), radix: radix) != nil }
    guard isNumber else { throw InvalidValue(reason: "strconv.\(function): parsing \(quoted(text)): invalid syntax") }
    guard let number = Int64(sign + digits, radix: radix) else {
        throw InvalidValue(reason: "strconv.\(function): parsing \(quoted(text)): value out of range")
    }
    return number
}

/// `1.5` as 1500000000; also `3/2`. Docker's refusals.
func parseNanoCPUs(_ text: String) throws(InvalidValue) -> Int64 {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    let broken = InvalidValue(reason: "failed to parse \(text) as a rational number")
    guard parts.count <= 2, let top = Decimal9(parts[0]) else { throw broken }
    guard parts.count == 2 else {
        guard top.isExact else { throw InvalidValue(reason: "value is too precise") }
        return top.billionths
    }
    guard let bottom = Int64(parts[1]), bottom > 0, top.isExact else { throw broken }
    guard top.billionths % bottom == 0 else { throw InvalidValue(reason: "value is too precise") }
    return top.billionths / bottom
}

/// A decimal number with nine digits behind the point.
private struct Decimal9 {
    let billionths: Int64
    /// No digit was lost.
    let isExact: Bool

    init?(_ text: Substring) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, !(parts[0].isEmpty && (parts.count == 1 || parts[1].isEmpty)) else { return nil }
        let fraction = parts.count == 2 ? String(parts[1]) : ""
        guard parts[0].utf8.allSatisfy(isDigit), fraction.utf8.allSatisfy(isDigit), parts[0].utf8.count <= 9 else { return nil }
        let kept = fraction.utf8.prefix(9)
        guard let whole = Int64(parts[0].isEmpty ? "0" : parts[0]),
            let small = Int64(String(decoding: kept, as: UTF8.self) + String(repeating: "0", count: 9 - kept.count))
        else { return nil }
        billionths = whole * 1_000_000_000 + small
        isExact = fraction.utf8.dropFirst(9).allSatisfy { $0 == UInt8(ascii: "0") }
    }
}

/// An ASCII digit.
func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
