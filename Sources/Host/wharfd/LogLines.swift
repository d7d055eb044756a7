// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The daemon's log: one line per entry on standard error, as dockerd writes them.

import Glibc
import Logging
import Synchronization
import WharfJSON

/// Writes `time="…" level=info msg="…" key=value`.
struct LogLines: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level
    private let label: String

    /// Routes every logger of the process here.
    static func start(_ level: Logger.Level) {
        LoggingSystem.bootstrap { label in LogLines(label: label, level: level) }
    }

    /// The last line of a daemon that can't start.
    static func fatal(_ message: String) {
        write("\(message)\n")
    }

    private init(label: String, level: Logger.Level) {
        self.label = label
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line = "time=\"\(Timestamp.now().rfc3339)\" level=\(Self.word(event.level)) msg=\(Self.quoted(event.message.description))"
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) { line += " \(key)=\(Self.quoted(value.description))" }
        Self.write("\(line) module=\(label)\n")
    }

    private static func word(_ level: Logger.Level) -> String {
        switch level {
        case .trace, .debug: "debug"
        case .info, .notice: "info"
        case .warning: "warning"
        case .error: "error"
        case .critical: "fatal"
        }
    }

    /// Bare when it is one plain word; else quoted, so that no value can make a line of its own.
    private static func quoted(_ text: String) -> String {
        let plain = !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C && $0 != 0x3D }
        if plain { return text }
        return String(decoding: JSON.encode(text), as: UTF8.self)
    }

    /// One write(2) for a line, so that lines of several threads don't mix.
    private static func write(_ line: String) {
        var line = line
        line.withUTF8 { bytes in _ = Glibc.write(2, bytes.baseAddress, bytes.count) }
    }
}
