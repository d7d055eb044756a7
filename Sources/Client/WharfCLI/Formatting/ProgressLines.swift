// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Lines at the bottom of a terminal that change in place, one for each layer. More lines than the terminal is high are folded:
// the finished ones first, into a count, until the end puts all of them on the screen.

import WharfDockerAPI

/// A block of lines and the escapes that redraw it.
struct ProgressLines {
    private struct Line {
        let id: String
        /// Without the id.
        var text: String
        var isMoving: Bool
    }

    private var lines: [Line] = []
    private var places: [String: Int] = [:]
    /// What stands on the screen, from top to bottom, and the size it was drawn for.
    private var drawn: [String] = []
    private var drawnFor = ConsoleSize(height: 0, width: 0)

    /// No lines.
    init() {}

    /// Sets the line of an id, at the end when it is new; the result goes to the terminal.
    mutating func set(_ id: String, _ text: String, isMoving: Bool, size: ConsoleSize) -> String {
        if let place = places[id] {
            lines[place].text = text
            lines[place].isMoving = isMoving
        } else {
            places[id] = lines.count
            lines.append(Line(id: id, text: text, isMoving: isMoving))
        }
        return draw(shown(size), size)
    }

    /// Ends the block: all lines stay on the screen, whatever its height, and the next block begins below.
    mutating func finish(size: ConsoleSize) -> String {
        guard !lines.isEmpty else { return "" }
        let width = Int(size.width)
        let output = draw(lines.map { Self.cut("\($0.id): \($0.text)", width) }, size)
        self = ProgressLines()
        return output
    }

    /// The lines that fit.
    private func shown(_ size: ConsoleSize) -> [String] {
        let width = Int(size.width)
        let room = max(2, Int(size.height) - 1)
        guard lines.count > room else { return lines.map { Self.cut("\($0.id): \($0.text)", width) } }
        let moving = lines.filter(\.isMoving)
        let idle = lines.filter { !$0.isMoving }
        // Those that move, else the newest of the others; one line says how many are missing.
        let chosen = Set((moving.prefix(room - 1) + idle.suffix(max(0, room - 1 - moving.count))).map(\.id))
        let kept = lines.filter { chosen.contains($0.id) }
        return ["… and \(lines.count - kept.count) more layers"] + kept.map { Self.cut("\($0.id): \($0.text)", width) }
    }

    /// Rewrites what changed. The cursor is below the last line before and after.
    private mutating func draw(_ wanted: [String], _ size: ConsoleSize) -> String {
        let isSameSize = drawnFor == size
        var output = ""
        if isSameSize, wanted.count >= drawn.count {
            for (row, text) in wanted.enumerated().prefix(drawn.count) where drawn[row] != text {
                let up = drawn.count - row
                output += "\u{1B}[\(up)A\u{1B}[2K\r\(text)\r\u{1B}[\(up)B"
            }
        } else if !drawn.isEmpty {
            // Narrower terminals have wrapped what was there: how high it is now can be computed, and all of it is drawn anew.
            let width = max(1, Int(size.width))
            let height = drawn.reduce(0) { $0 + max(1, ($1.count + width - 1) / width) }
            output += "\u{1B}[\(height)A\r\u{1B}[J" + wanted.prefix(drawn.count).map { $0 + "\r\n" }.joined()
        }
        output += wanted.dropFirst(drawn.count).map { "\u{1B}[2K\r\($0)\r\n" }.joined()
        drawn = wanted
        drawnFor = size
        return output
    }

    /// One column is left free, so that no terminal wraps.
    private static func cut(_ text: String, _ width: Int) -> String { width > 1 ? String(text.prefix(width - 1)) : text }
}
