// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A directory of its own for each test of this target.

import Glibc
import WharfLinux
import WharfLogs

/// A directory below /tmp that goes with the value's last owner.
final class LogDirectory {
    let path: String
    /// The current file of a log in it.
    var log: String { "\(path)/c-json.log" }

    init() throws {
        var template = Array("/tmp/wharf-logs-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw SyscallError("mkdtemp", errno: errno) }
        path = String(cString: made)
    }

    deinit {
        // A directory that stays behind in /tmp spoils no other test.
        try? HostPath(path).removeTree()
    }

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
