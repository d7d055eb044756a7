// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Durations: read in Go's form (`1h30m`, `1.5s`), shown in words (`About a minute`).

/// Spans of time in nanoseconds.
enum GoDuration {
    private static let units: [(String, Double)] = [
        ("ns", 1), ("us", 1e3), ("µs", 1e3), ("μs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 6e10), ("h", 3.6e12),
    ]

    /// `-1h30m`, `300ms`, `0`; nil for anything else.
    static func parse(_ text: String) -> Int64? {
        var rest = Substring(text)
        var sign = 1.0
        if let first = rest.first, first == "-" || first == "+" {
            sign = first == "-" ? -1 : 1
            rest = rest.dropFirst()
        }
        if rest == "0" { return 0 }
        guard !rest.isEmpty else { return nil }
        var total = 0.0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isWholeNumber || $0 == ".") }
            rest = rest.dropFirst(number.count)
            let name = rest.prefix { !($0.isASCII && ($0.isWholeNumber || $0 == ".")) }
            rest = rest.dropFirst(name.count)
            guard number != ".", let value = Double(number), let unit = units.first(where: { $0.0 == name }) else { return nil }
            total += value * unit.1
        }
        return total < 9.2e18 ? Int64(sign * total) : nil
    }

    /// `5 seconds`, `About an hour`, `3 weeks`.
    static func inWords(seconds: Int64) -> String {
        let minutes = seconds / 60
        let hours = (seconds + 1800) / 3600
        return switch true {
        case seconds < 1: "Less than a second"
        case seconds == 1: "1 second"
        case seconds < 60: "\(seconds) seconds"
        case minutes == 1: "About a minute"
        case minutes < 60: "\(minutes) minutes"
        case hours == 1: "About an hour"
        case hours < 48: "\(hours) hours"
        case hours < 24 * 7 * 2: "\(hours / 24) days"
        case hours < 24 * 30 * 2: "\(hours / 24 / 7) weeks"
        case hours < 24 * 365 * 2: "\(hours / 24 / 30) months"
        default: "\(seconds / 3600 / 24 / 365) years"
        }
    }
}
