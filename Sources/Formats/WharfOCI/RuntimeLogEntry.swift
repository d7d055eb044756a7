// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A line of a runtime's log in the form `--log-format json`: runc's, which every OCI runtime writes because engines read
// it to learn why a container could not be made.

import WharfJSON

/// `{"level":"error","msg":"…","time":"…"}`.
public struct RuntimeLogEntry: Sendable, Equatable, Decodable {
    /// `error`, `warning`, `info`, `debug`.
    public var level: String
    public var message: String

    private enum CodingKeys: String, CodingKey {
        case level
        case message = "msg"
    }

    public init(level: String, message: String) {
        self.level = level
        self.message = message
    }

    /// The message of the last error in a log, one entry a line. Lines that are no entries are passed over.
    public static func lastError(inLog log: [UInt8]) -> String? {
        for line in log.split(separator: UInt8(ascii: "\n")).reversed() {
            // Something else than the runtime may have written there: a line that can't be read says nothing.
            guard let entry = try? JSON.decode(RuntimeLogEntry.self, from: Array(line)), ["error", "fatal"].contains(entry.level) else {
                continue
            }
            return entry.message
        }
        return nil
    }
}
