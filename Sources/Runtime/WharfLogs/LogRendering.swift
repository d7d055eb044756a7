// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Entries as `docker logs` sends them: each line with its time in front if asked for. The 8-byte stream header is the
// caller's, since a terminal's log has none.

import WharfJSON

extension LogEntry {
    /// The line, behind `2006-01-02T15:04:05.000000000Z ` (all nine digits, moby's RFC3339NanoFixed) when `timestamps`.
    public func rendered(timestamps: Bool) -> [UInt8] {
        guard timestamps else { return line }
        return Array(timestamp.rfc3339Fixed.utf8) + [UInt8(ascii: " ")] + line
    }
}
