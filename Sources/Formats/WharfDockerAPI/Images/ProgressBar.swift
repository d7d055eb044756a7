// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The bar that Docker's daemon draws for clients that don't draw their own: `[====>      ]  1.2MB/4.5MB`.

extension ProgressDetail {
    /// Fifty steps between brackets and the two sizes behind them; empty without numbers.
    public var bar: String {
        guard current > 0 || total > 0 else { return "" }
        let now = Self.padded(Self.size(current))
        guard total > 0 else { return now }
        let steps = min(50, Int(Double(max(0, current)) / Double(total) * 100) / 2)
        let drawn = "[" + String(repeating: "=", count: steps) + ">" + String(repeating: " ", count: 50 - steps) + "] "
        return current > total ? drawn + now : "\(drawn)\(now)/\(Self.size(total))"
    }

    /// Powers of 1000 with four digits at most, as Docker's `units.HumanSize` writes them: `512B`, `1.234MB`, `12.3kB`.
    public static func size(_ bytes: Int64) -> String {
        let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
        var value = Double(max(0, bytes))
        var unit = 0
        while value >= 1000, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        return digits(value) + units[unit]
    }

    /// Go's `%.4g` for numbers from 0 to 1000.
    private static func digits(_ value: Double) -> String {
        let decimals = value >= 100 ? 1 : value >= 10 ? 2 : 3
        let scale = [1.0, 10, 100, 1000][decimals]
        let scaled = Int64((value * scale).rounded())
        // 999.95 and above rounds up to a number of four digits.
        let whole = scaled / Int64(scale)
        var fraction = String(scaled % Int64(scale))
        fraction = String(repeating: "0", count: decimals - fraction.utf8.count) + fraction
        while fraction.utf8.last == UInt8(ascii: "0") { fraction.removeLast() }
        return fraction.isEmpty ? "\(whole)" : "\(whole).\(fraction)"
    }

    private static func padded(_ text: String) -> String {
        String(repeating: " ", count: max(0, 8 - text.utf8.count)) + text
    }
}
