// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A directory of its own for each test of this target.

import WharfLinux
import WharfLogs
import WharfTestKit

/// A directory below /tmp that goes with the value's last owner.
struct LogDirectory {
    private let directory: TemporaryDirectory
    var path: String { directory.path }
    /// The current file of a log in it.
    var log: String { directory.path("c-json.log") }

    init() throws { directory = try TemporaryDirectory("logs") }

    func contents(_ name: String = "c-json.log") throws -> String {
        String(decoding: try HostPath("\(path)/\(name)").read(limit: 64 << 20), as: UTF8.self)
    }

    func write(_ text: String, to name: String = "c-json.log") throws {
        try HostPath("\(path)/\(name)").open([.write, .create, .truncate], permissions: 0o600).writeAll(Array(text.utf8))
    }
}

extension LogAppender {
    mutating func write(_ stream: LogStream, _ text: String) { write(stream, Array(text.utf8)) }
    mutating func write(_ stream: LogStream, _ bytes: [UInt8]) { bytes.withUnsafeBytes { write(stream, $0) } }
}

extension LogReader {
    /// Everything that is there now, as text.
    mutating func rest(limit: Int = 7) throws -> [String] {
        var lines: [String] = []
        while true {
            let batch = try next(limit: limit)
            if batch.isEmpty { return lines }
            lines += batch.map { String(decoding: $0.line, as: UTF8.self) }
        }
    }
}
