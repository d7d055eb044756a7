// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A duration as Go prints it, for texts that Docker's users know: `30s`, `1m30s`, `1.5s`, `500ms`.

/// Go's time.Duration.String.
enum GoDuration {
    static func text(_ duration: Duration) -> String {
        let nanoseconds = duration.wholeNanoseconds
        if nanoseconds == 0 { return "0s" }
        let sign = nanoseconds < 0 ? "-" : ""
        let size = nanoseconds.magnitude
        if size < 1000 { return "\(sign)\(size)ns" }
        if size < 1_000_000 { return sign + decimal(size, 1000) + "µs" }
        if size < 1_000_000_000 { return sign + decimal(size, 1_000_000) + "ms" }
        let minutes = size / 60_000_000_000
        let seconds = decimal(size % 60_000_000_000, 1_000_000_000) + "s"
        if minutes == 0 { return sign + seconds }
        if minutes < 60 { return "\(sign)\(minutes)m\(seconds)" }
        return "\(sign)\(minutes / 60)h\(minutes % 60)m\(seconds)"
    }

    private static func decimal(_ value: UInt64, _ unit: UInt64) -> String {
        var text = "\(value / unit)"
        var rest = value % unit
        if rest == 0 { return text }
        text += "."
        var place = unit / 10
        while rest > 0 {
            text += "\(rest / place)"
            rest %= place
            place /= 10
        }
        return text
    }
}
