// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The log as callers read it: one line for each message, as text or as a JSON object with `level`, `msg` and `time`.
// containerd takes the last error of the JSON form, podman takes the file when it holds nothing else.

import Glibc
import WharfJSON
import WharfLinux

/// Where messages go.
struct Log {
    /// nil: standard error.
    private let file: Descriptor?
    private let isJSON: Bool
    private let isDebugging: Bool

    /// To standard error, as text: until the flags are read.
    init() { (file, isJSON, isDebugging) = (nil, false, false) }

    init(_ values: FlagValues) throws {
        switch values["log-format"] ?? "text" {
        case "text": isJSON = false
        case "json": isJSON = true
        case let other: throw UsageError("invalid log-format: \(other)")
        }
        isDebugging = values.isOn("debug")
        guard let path = values["log"], !path.isEmpty else {
            file = nil
            return
        }
        do {
            file = try HostPath(path).open([.write, .create, .append], permissions: 0o644).duplicateAbove(200)
        } catch {
            throw UsageError("open \(path): \(error.reason)")
        }
    }

    /// The message of a failed command: into the log, and bare to standard error where the log is elsewhere.
    func fail(_ told: String) {
        let message = Log.bounded(told)
        line("error", message)
        if file != nil { print("\(message)\n", to: standardError) }
    }

    /// What went other than asked for, although the command succeeds.
    func warn(_ message: String) { line("warning", Log.bounded(message)) }

    /// A message is for people: one that quotes a field of megabytes is cut.
    private static func bounded(_ message: String) -> String {
        message.utf8.count <= 2048
            ? message : String(decoding: message.utf8.prefix(2048), as: UTF8.self) + "… (\(message.utf8.count) bytes)"
    }

    /// For people who look for a mistake.
    func debug(_ message: @autoclosure () -> String) {
        if isDebugging { line("debug", message()) }
    }

    private func line(_ level: String, _ message: String) {
        let time = Timestamp(seconds: Timestamp.now().seconds).rfc3339
        var json = JSONWriter()
        if isJSON {
            json.object { json in
                json.field("level", level)
                json.field("msg", message)
                json.field("time", time)
            }
        } else {
            json.string(message)
        }
        let bytes = isJSON ? json.bytes : Array("time=\"\(time)\" level=\(level) msg=".utf8) + json.bytes
        // With the log gone there is nobody to tell.
        try? (file ?? standardError).writeAll(bytes + [UInt8(ascii: "\n")])
    }
}
