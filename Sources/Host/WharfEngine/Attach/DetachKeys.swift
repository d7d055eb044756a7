// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The keys that end an attach: `ctrl-p,ctrl-q` and what users write instead of it.

import WharfError

/// Key sequences as Docker writes them.
enum DetachKeys {
    /// ctrl-p ctrl-q
    static let standard: [UInt8] = [16, 17]

    /// Reads `ctrl-x,y,…`: single characters, or `ctrl-` and one of `a`-`z` `@` `[` `\` `]` `^` `_`. Empty is the default.
    ///
    /// - Throws: `invalidArgument` with Docker's text.
    static func parse(_ text: String) throws(WharfError) -> [UInt8] {
        if text.isEmpty { return standard }
        var keys: [UInt8] = []
        for part in text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            if part.count == 1, let byte = part.first, byte < 0x80 {
                keys.append(byte)
            } else if part.count == 6, part.starts(with: "ctrl-".utf8), let last = part.last, let key = control(last) {
                keys.append(key)
            } else {
                throw WharfError(.invalidArgument, "Invalid detach keys (\(text)) provided")
            }
        }
        return keys
    }

    private static func control(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 1
        case UInt8(ascii: "@"): 0
        case UInt8(ascii: "[")...UInt8(ascii: "_"): byte - UInt8(ascii: "@")
        default: nil
        }
    }
}
