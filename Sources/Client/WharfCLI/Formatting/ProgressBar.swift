// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The bar of one transfer: how far it is, how fast, and how long it will take. As much of it as the terminal is wide.

import WharfDockerAPI

/// One line's transfer over time.
struct ProgressBar {
    private var start: Duration?
    private var startedAt: Int64 = 0
    private var last: (time: Duration, bytes: Int64)?
    /// Bytes a second, smoothed over some seconds; nil before the second report.
    private(set) var rate: Double?

    /// Nothing seen yet.
    init() {}

    /// Takes a report at a time of a clock that only goes forward. A transfer that begins anew (another step, a retry) is measured anew.
    mutating func note(_ detail: ProgressDetail, at time: Duration) {
        guard let last, detail.current >= last.bytes else {
            start = time
            startedAt = detail.current
            rate = nil
            last = (time, detail.current)
            return
        }
        let elapsed = Self.seconds(time - last.time)
        guard elapsed >= 0.2 else { return }
        let now = Double(detail.current - last.bytes) / elapsed
        // What is older than about three seconds hardly counts.
        let weight = min(1, elapsed / 3)
        rate = rate.map { $0 + (now - $0) * weight } ?? now
        self.last = (time, detail.current)
    }

    /// `[=====>      ]  1.2MB/3.4MB 800kB/s 2s` in at most `width` columns; empty when the report has no numbers.
    func text(_ detail: ProgressDetail, width: Int) -> String {
        guard detail.current > 0 || detail.total > 0 else { return "" }
        let counts = Self.counts(detail)
        guard detail.total > 0, detail.current <= detail.total else { return Self.fitting([counts], width) }
        let speed = rate.flatMap {
            $0 >= 1 && detail.units.isEmpty && detail.current < detail.total ? Self.padded("\(Self.size(Int64($0)))/s", 11) : nil
        }
        let left = rate.flatMap { $0 >= 1 && detail.current < detail.total ? Self.span(Double(detail.total - detail.current) / $0) : nil }
        let tail = [counts, speed, left].compactMap { $0 }
        let room = width - tail.joined(separator: " ").count - 1
        guard room >= 12 else { return Self.fitting(tail, width) }
        return Self.bar(detail, room) + " " + tail.joined(separator: " ")
    }

    /// At most 50 steps between brackets.
    private static func bar(_ detail: ProgressDetail, _ room: Int) -> String {
        let steps = min(50, room - 3)
        let done = min(steps, max(0, Int(Double(detail.current) / Double(detail.total) * Double(steps))))
        return "[" + String(repeating: "=", count: done) + ">" + String(repeating: " ", count: steps - done) + "]"
    }

    private static func counts(_ detail: ProgressDetail) -> String {
        guard detail.units.isEmpty else {
            return detail.total > 0 ? "\(detail.current)/\(detail.total) \(detail.units)" : "\(detail.current) \(detail.units)"
        }
        let current = padded(size(detail.current), 8)
        return detail.total > 0 && detail.current <= detail.total ? "\(current)/\(size(detail.total))" : current
    }

    /// As many of the parts as there is room for.
    private static func fitting(_ parts: [String], _ width: Int) -> String {
        var text = ""
        for part in parts {
            let longer = text.isEmpty ? part : "\(text) \(part)"
            guard longer.count <= width else { break }
            text = longer
        }
        return text
    }

    private static func size(_ bytes: Int64) -> String { ByteSize.decimal(bytes, digits: 4) }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    /// `4s`, `2m10s`, `1h5m`
    private static func span(_ seconds: Double) -> String? {
        guard seconds < 360_000 else { return nil }
        let whole = Int(seconds.rounded(.up))
        if whole < 60 { return "\(whole)s" }
        return whole < 3600 ? "\(whole / 60)m\(whole % 60)s" : "\(whole / 3600)h\(whole / 60 % 60)m"
    }

    private static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    }
}
