// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Shows the progress of load, import and pull: one line for each id that is updated in place on a terminal, plain
// lines elsewhere.

import WharfClient
import WharfDockerAPI
import WharfJSON

/// Shows one stream of progress.
struct ProgressDisplay {
    private let console: Console
    private let isTerminal: Bool
    private let output: Console.Output
    private var rows: [String: Int] = [:]
    private var count = 0

    /// `output` nil shows nothing, errors are thrown all the same.
    static func show(_ stream: ByteStream, console: Console, output: Console.Output = .standard, isTerminal: Bool) async throws {
        var display = ProgressDisplay(console: console, isTerminal: isTerminal, output: output)
        try await stream.forEachLine { try display.show($0) }
    }

    /// Reads a stream for its error alone.
    static func discard(_ stream: ByteStream) async throws {
        try await stream.forEachLine { line in try Self.check(try JSON.decode(ProgressMessage.self, from: line)) }
    }

    private init(console: Console, isTerminal: Bool, output: Console.Output) {
        self.console = console
        self.isTerminal = isTerminal
        self.output = output
    }

    private static func check(_ message: ProgressMessage) throws {
        if let detail = message.errorDetail { throw ExitError(detail.message.isEmpty ? message.error : detail.message) }
        if !message.error.isEmpty { throw ExitError(message.error) }
    }

    private mutating func show(_ line: [UInt8]) throws {
        let message = try JSON.decode(ProgressMessage.self, from: line)
        try Self.check(message)
        if !message.stream.isEmpty { return write(message.stream) }
        let bar = isTerminal ? Self.bar(message) : ""
        let prefix = message.id.isEmpty ? "" : "\(message.id): "
        let text = prefix + message.status + (bar.isEmpty ? "" : " \(bar)")
        guard isTerminal, !message.id.isEmpty else {
            // Without a terminal the many steps of a transfer would be noise.
            if !isTerminal, message.progressDetail.map({ $0.current > 0 || $0.total > 0 }) == true { return }
            if !prefix.isEmpty || !message.status.isEmpty { write(text + (isTerminal && message.id.isEmpty ? "\r\n" : "\n")) }
            if message.id.isEmpty { resetRows() }
            return
        }
        place(text, id: message.id)
    }

    private mutating func resetRows() {
        rows = [:]
        count = 0
    }

    /// Goes up to the id's line, rewrites it and comes back down.
    private mutating func place(_ text: String, id: String) {
        guard let row = rows[id] else {
            rows[id] = count
            count += 1
            return write("\u{1B}[2K\r\(text)\n")
        }
        let up = count - row
        write("\u{1B}[\(up)A\u{1B}[2K\r\(text)\r\u{1B}[\(up)B")
    }

    private func write(_ text: String) { console.write(Array(text.utf8), to: output) }

    /// `[=====>      ]  1.2MB/3.4MB`
    private static func bar(_ message: ProgressMessage) -> String {
        guard let detail = message.progressDetail, detail.current > 0 || detail.total > 0 else { return "" }
        guard detail.total > 0, detail.current <= detail.total else { return ByteSize.decimal(detail.current, digits: 4) }
        let width = 50
        let filled = Int(Double(detail.current) / Double(detail.total) * Double(width))
        let arrow = filled < width ? ">" : ""
        let line = String(repeating: "=", count: filled) + arrow + String(repeating: " ", count: width - filled - arrow.count)
        return "[\(line)]  \(ByteSize.decimal(detail.current, digits: 4))/\(ByteSize.decimal(detail.total, digits: 4))"
    }
}
