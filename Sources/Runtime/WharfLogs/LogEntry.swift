// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a container's log holds. The shim writes it, wharfd reads it; neither waits for the other.

public import WharfJSON

/// Which of a container's outputs a line came from.
public enum LogStream: UInt8, Sendable, CaseIterable {
    case stdout = 1
    case stderr = 2

    /// As it stands in the file.
    public var name: String { self == .stdout ? "stdout" : "stderr" }
}

/// One line, or one piece of a line that was longer than `LogAppender.longestLine` or had no end.
public struct LogEntry: Sendable, Equatable {
    public var stream: LogStream
    /// When the shim read it.
    public var timestamp: Timestamp
    /// The bytes, with the newline if this is the end of a line. Bytes that were not UTF-8 are U+FFFD.
    public var line: [UInt8]
    /// What the container's log options add to each line.
    public var attributes: [String: String] = [:]

    public init(stream: LogStream, timestamp: Timestamp, line: [UInt8]) {
        self.stream = stream
        self.timestamp = timestamp
        self.line = line
    }
}
