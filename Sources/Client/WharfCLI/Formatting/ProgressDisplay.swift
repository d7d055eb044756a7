// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Shows the progress of pull, push, load and import: one line for each layer that is updated in place on a terminal, plain
// lines elsewhere.

import WharfClient
import WharfDockerAPI
import WharfJSON
import WharfLinux

/// Shows one stream of progress.
struct ProgressDisplay {
    private let write: (String) -> Void
    /// The terminal's size, asked for again with each line; nil without a terminal.
    private let size: () -> ConsoleSize?
    private let clock: () -> Duration
    private var lines = ProgressLines()
    private var bars: [String: ProgressBar] = [:]

    /// Shows a stream to its end and throws the error that it ends with.
    ///
    /// - Parameter aux: gets what is for programs.
    static func show(
        _ stream: ByteStream, console: Console, output: Console.Output = .standard, aux: (JSONValue) -> Void = { _ in }
    ) async throws {
        let isTerminal = output == .standard ? LocalTerminal.outputIsTerminal : LocalTerminal.errorIsTerminal
        var display = ProgressDisplay(
            write: { console.write(Array($0.utf8), to: output) },
            size: { isTerminal ? LocalTerminal.size(of: output.rawValue) ?? ConsoleSize(height: 24, width: 80) : nil },
            clock: KernelClock.monotonic)
        do { try await stream.forEachLine { try display.show($0, aux: aux) } } catch {
            display.finish()
            throw error
        }
        display.finish()
    }

    /// Reads a stream for its error alone.
    static func discard(_ stream: ByteStream, aux: (JSONValue) -> Void = { _ in }) async throws {
        try await stream.forEachLine { line in
            let message = try JSON.decode(ProgressMessage.self, from: line)
            try check(message)
            if let value = message.aux { aux(value) }
        }
    }

    /// A display on anything that takes text.
    init(write: @escaping (String) -> Void, size: @escaping () -> ConsoleSize?, clock: @escaping () -> Duration) {
        self.write = write
        self.size = size
        self.clock = clock
    }

    private static func check(_ message: ProgressMessage) throws {
        if let detail = message.errorDetail {
            if detail.code == 401 { throw ExitError("authentication is required") }
            throw ExitError(detail.message.isEmpty ? message.error : detail.message)
        }
        if !message.error.isEmpty { throw ExitError(message.error) }
    }

    /// Shows one line of the stream. Throws the error that it tells.
    mutating func show(_ line: [UInt8], aux: (JSONValue) -> Void = { _ in }) throws {
        let message = try JSON.decode(ProgressMessage.self, from: line)
        try Self.check(message)
        if let value = message.aux { return aux(value) }
        if let size = size(), !message.id.isEmpty, let detail = message.progressDetail, message.stream.isEmpty {
            return move(message, detail, size)
        }
        finish()
        if !message.stream.isEmpty { return write(message.stream) }
        // Without a terminal the many steps of a transfer would be noise.
        if let detail = message.progressDetail, detail.current > 0 || detail.total > 0, size() == nil { return }
        let text = message.id.isEmpty ? message.status : "\(message.id): \(message.status)"
        if !text.isEmpty { write(text + "\n") }
    }

    /// A step of one layer on a terminal.
    private mutating func move(_ message: ProgressMessage, _ detail: ProgressDetail, _ size: ConsoleSize) {
        var bar = bars[message.id] ?? ProgressBar()
        bar.note(detail, at: clock())
        bars[message.id] = bar
        let status = Self.printable(message.status)
        let drawn = bar.text(detail, width: Int(size.width) - message.id.count - status.count - 4)
        let isMoving = detail.current > 0 && detail.current < detail.total
        write(lines.set(Self.printable(message.id), drawn.isEmpty ? status : "\(status) \(drawn)", isMoving: isMoving, size: size))
    }

    /// Leaves what is shown as it is; what comes next stands below.
    mutating func finish() {
        bars = [:]
        if let size = size() { write(lines.finish(size: size)) }
    }

    /// No daemon moves the cursor.
    private static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F && !(0x80...0x9F).contains($0.value) }))
    }
}
