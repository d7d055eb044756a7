// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Whether output waits for its log: `--log-opt mode=non-blocking --log-opt max-buffer-size=4m`, for every driver.

import WharfDockerAPI
import WharfError

/// How a log is fed.
struct LogMode: Sendable, Equatable {
    static let options: Set<String> = ["mode", "max-buffer-size"]
    /// Docker's.
    static let standardBuffer: UInt64 = 1 << 20

    /// Bytes that may wait for the log before output is dropped; nil: output waits.
    var bufferSize: UInt64?

    /// - Throws: `invalidArgument` with Docker's texts.
    init(_ log: LogConfig) throws(WharfError) {
        let options = log.config ?? [:]
        switch options["mode"] ?? "" {
        case "", "blocking": bufferSize = nil
        case "non-blocking": bufferSize = Self.standardBuffer
        case let mode: throw WharfError(.invalidArgument, "logger: logging mode not supported: \(mode)")
        }
        guard let text = options["max-buffer-size"] else { return }
        guard bufferSize != nil else {
            throw WharfError(.invalidArgument, "logger: max-buffer-size option is only supported with 'mode=non-blocking'")
        }
        guard let bytes = LogRotation.bytes(text) else {
            throw WharfError(.invalidArgument, "error parsing option max-buffer-size: invalid size: '\(text)'")
        }
        bufferSize = bytes
    }
}
