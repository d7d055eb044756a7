// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Progress of transfers, on a terminal that is really a small screen emulator and on a pipe.

import Synchronization
import Testing
import WharfDockerAPI

@testable import WharfCLI

/// A terminal's screen with the few escapes that progress uses.
private final class Screen {
    var size: ConsoleSize
    private(set) var rows: [[Character]] = [[]]
    private var row = 0
    private var column = 0

    init(rows: UInt16, columns: UInt16) { size = ConsoleSize(height: rows, width: columns) }

    var lines: [String] { rows.map { String($0) }.filter { !$0.isEmpty } }

    func write(_ text: String) {
        var rest = Array(text.unicodeScalars)[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\r": column = 0
            case "\n": down(1)
            case "\u{1B}": escape(&rest)
            default: put(Character(scalar))
            }
        }
    }

    private func down(_ count: Int) {
        row += count
        column = 0
        while row >= rows.count { rows.append([]) }
    }

    private func put(_ character: Character) {
        if column >= Int(size.width) { down(1) }
        while rows[row].count <= column { rows[row].append(" ") }
        rows[row][column] = character
        column += 1
    }

    private func escape(_ rest: inout ArraySlice<Unicode.Scalar>) {
        rest.removeFirst()
        let digits = rest.prefix { $0.value >= 0x30 && $0.value <= 0x39 }
        rest.removeFirst(digits.count)
        let count = Int(String(String.UnicodeScalarView(digits))) ?? 1
        switch rest.removeFirst() {
        // The screen's top stops the cursor, which is what a block that is too high would run into.
        case "A": row = max(row - count, rows.count - Int(size.height), 0)
        case "B": row = min(row + count, rows.count - 1)
        case "K": rows[row] = []
        case "J": rows.replaceSubrange(row..., with: [[]])
        default: break
        }
    }
}

@Suite struct ProgressTests {
    private func display(_ screen: Screen, clock: @escaping () -> Duration = { .zero }) -> ProgressDisplay {
        ProgressDisplay(write: { screen.write($0) }, size: { screen.size }, clock: clock)
    }

    private func layer(_ id: String, _ status: String, _ current: Int64 = 0, _ total: Int64 = 0) -> [UInt8] {
        let detail = current + total > 0 ? #"{"current":\#(current),"total":\#(total)}"# : "{}"
        return Array(#"{"status":"\#(status)","progressDetail":\#(detail),"id":"\#(id)"}"#.utf8)
    }

    private func line(_ json: String) -> [UInt8] { Array(json.utf8) }

    @Test func layersMoveInTheirOwnLines() throws {
        let screen = Screen(rows: 24, columns: 80)
        var display = display(screen)
        try display.show(line(#"{"status":"Pulling from library/x","id":"latest"}"#))
        try display.show(layer("a", "Pulling fs layer"))
        try display.show(layer("b", "Pulling fs layer"))
        try display.show(layer("a", "Downloading", 500_000, 1_000_000))
        #expect(screen.lines[0] == "latest: Pulling from library/x")
        #expect(screen.lines[1].hasPrefix("a: Downloading [====="))
        #expect(screen.lines[1].hasSuffix("]    500kB/1MB"))
        #expect(screen.lines[2] == "b: Pulling fs layer")
        try display.show(layer("a", "Pull complete"))
        try display.show(line(#"{"status":"Digest: sha256:1"}"#))
        #expect(screen.lines == ["latest: Pulling from library/x", "a: Pull complete", "b: Pulling fs layer", "Digest: sha256:1"])
    }

    @Test func rateAndTimeLeftFollowTheTransfer() throws {
        var bar = ProgressBar()
        bar.note(ProgressDetail(current: 0, total: 100_000_000), at: .seconds(10))
        #expect(bar.rate == nil)
        let half = ProgressDetail(current: 20_000_000, total: 100_000_000)
        bar.note(half, at: .seconds(12))
        #expect(bar.rate == 10_000_000)
        #expect(bar.text(half, width: 200) == "[==========>\(String(repeating: " ", count: 40))]     20MB/100MB      10MB/s 8s")
        // A step that begins anew is measured anew.
        bar.note(ProgressDetail(current: 1, total: 100), at: .seconds(13))
        #expect(bar.rate == nil)
    }

    @Test(arguments: [0, 1, 5, 12, 20, 30, 40, 60, 79])
    func narrowTerminalsGetWhatFits(width: Int) {
        var bar = ProgressBar()
        bar.note(ProgressDetail(current: 1, total: 100), at: .seconds(1))
        let detail = ProgressDetail(current: 50, total: 100)
        bar.note(detail, at: .seconds(2))
        #expect(bar.text(detail, width: width).count <= width)
    }

    @Test func linesNeverWrapAndANarrowerTerminalIsRedrawn() throws {
        let screen = Screen(rows: 24, columns: 100)
        var display = display(screen)
        for id in ["a", "b"] { try display.show(layer(id, "Downloading", 500_000, 1_000_000)) }
        screen.size = ConsoleSize(height: 24, width: 40)
        try display.show(layer("b", "Downloading", 600_000, 1_000_000))
        try display.show(layer("c", "A status that is much longer than the forty columns of the terminal"))
        #expect(screen.lines.allSatisfy { $0.count < 40 })
        #expect(screen.lines.filter { $0.hasPrefix("c: ") }.count == 1)
    }

    @Test func moreLayersThanLinesAreFoldedAndShownInTheEnd() throws {
        let screen = Screen(rows: 10, columns: 80)
        var display = display(screen)
        let ids = (0..<30).map { "layer\($0)" }
        for id in ids { try display.show(layer(id, "Waiting")) }
        #expect(screen.lines.count == 9)
        #expect(screen.lines[0] == "… and 22 more layers")
        // One that moves is shown.
        try display.show(layer("layer3", "Downloading", 1, 2))
        #expect(screen.lines.contains { $0.hasPrefix("layer3: Downloading") })
        for id in ids { try display.show(layer(id, "Pull complete")) }
        display.finish()
        #expect(screen.lines == ids.map { "\($0): Pull complete" })
    }

    @Test func aPipeGetsPlainLinesWithoutTheSteps() throws {
        let text = Mutex("")
        var display = ProgressDisplay(write: { part in text.withLock { $0 += part } }, size: { nil }, clock: { .zero })
        try display.show(line(#"{"status":"Pulling from library/x","id":"latest"}"#))
        try display.show(layer("a", "Pulling fs layer"))
        try display.show(layer("a", "Downloading", 5, 10))
        try display.show(layer("a", "Pull complete"))
        try display.show(line(#"{"stream":"Loaded image: x\n"}"#))
        display.finish()
        #expect(text.withLock { $0 } == "latest: Pulling from library/x\na: Pulling fs layer\na: Pull complete\nLoaded image: x\n")
    }

    @Test func aStreamsErrorEndsIt() {
        var display = display(Screen(rows: 24, columns: 80))
        #expect {
            try display.show(line(#"{"errorDetail":{"message":"boom"},"error":"boom"}"#))
        } throws: {
            "\($0)" == "boom"
        }
        #expect {
            try display.show(line(#"{"errorDetail":{"code":401,"message":"no"},"error":"no"}"#))
        } throws: {
            "\($0)" == "authentication is required"
        }
    }

    @Test func noDaemonMovesTheCursor() throws {
        let screen = Screen(rows: 24, columns: 80)
        var display = display(screen)
        try display.show(layer("a", #"x\u001b[2Jy"#))
        #expect(screen.lines == ["a: x[2Jy"])
    }
}
