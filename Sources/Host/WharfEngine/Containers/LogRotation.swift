// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `--log-opt max-size=10m --log-opt max-file=3` of json-file. Docker's own default has no bound, and fills disks; here a
// log without options keeps five files of 10 MiB, and `max-size=-1` asks for one without end.

import WharfDockerAPI
import WharfError

/// How a container's log is bounded.
struct LogRotation: Sendable, Equatable {
    /// Bytes of one file; 0 is no limit.
    var maxSize: UInt64 = 10 << 20
    /// Files kept, the current one included.
    var maxFiles: UInt32 = 5
    /// Rotated files are compressed.
    var isCompressed = true

    /// - Throws: `invalidArgument` for sizes and counts that are none.
    init(_ log: LogConfig) throws(WharfError) {
        let options = log.config ?? [:]
        if let text = options["max-size"], text.utf8.elementsEqual("-1".utf8) {
            maxSize = 0
        } else if let text = options["max-size"] {
            guard let bytes = Self.bytes(text), bytes > 0 else {
                throw WharfError(.invalidArgument, "invalid value for max-size: \"\(text)\"")
            }
            maxSize = bytes
        }
        if let text = options["max-file"] {
            guard let count = UInt32(text), count >= 1 else {
                throw WharfError(.invalidArgument, "max-file cannot be less than 1")
            }
            guard count == 1 || maxSize > 0 else {
                throw WharfError(.invalidArgument, "max-file cannot be used without max-size")
            }
            maxFiles = count
        }
        if let text = options["compress"] {
            guard let flag = Self.flags[text] else { throw WharfError(.invalidArgument, "invalid value for compress: \"\(text)\"") }
            isCompressed = flag
        }
    }

    /// What Go's strconv.ParseBool takes.
    private static let flags = [
        "1": true, "t": true, "T": true, "true": true, "TRUE": true, "True": true, "0": false, "f": false, "F": false, "false": false,
        "FALSE": false, "False": false,
    ]

    /// `10m`, `512k`, `1gb`, `4096`: powers of 1024.
    static func bytes(_ text: String) -> UInt64? {
        var digits = text.lowercased()[...]
        if digits.hasSuffix("b") { digits = digits.dropLast() }
        if digits.hasSuffix("i") { digits = digits.dropLast() }
        let scales: [(String, UInt64)] = [("k", 1 << 10), ("m", 1 << 20), ("g", 1 << 30), ("t", 1 << 40)]
        var scale: UInt64 = 1
        for (letter, factor) in scales where digits.hasSuffix(letter) {
            digits = digits.dropLast()
            scale = factor
            break
        }
        guard let number = UInt64(digits) else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: scale)
        return overflow ? nil : product
    }
}
