// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The keys that leave a container running: the daemon acts on them; the client only has to notice, so that it does
// not wait for an exit that will not come.

/// A sequence of keys.
struct DetachKeys: Sendable, Equatable {
    /// As the terminal sends them.
    let bytes: [UInt8]

    /// ctrl-p, ctrl-q.
    static let standard = DetachKeys(bytes: [16, 17])

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// Reads `ctrl-p,ctrl-q` or `a,b`; nil for anything else. Empty is the standard sequence.
    init?(_ text: String) {
        if text.isEmpty {
            self = .standard
            return
        }
        var keys: [UInt8] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let bytes = Array(part.utf8)
            if bytes.count == 1 {
                keys.append(bytes[0])
            } else if bytes.count == 6, part.hasPrefix("ctrl-"), let code = Self.control(bytes[5]) {
                keys.append(code)
            } else {
                return nil
            }
        }
        self.bytes = keys
    }

    private static func control(_ letter: UInt8) -> UInt8? {
        switch letter {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): letter - UInt8(ascii: "a") + 1
        case UInt8(ascii: "@"), UInt8(ascii: "["), UInt8(ascii: "\\"), UInt8(ascii: "]"), UInt8(ascii: "^"), UInt8(ascii: "_"): letter - 64
        default: nil
        }
    }
}

/// Notices the sequence in what is typed.
struct DetachWatcher {
    private let keys: [UInt8]
    private var matched = 0

    init(_ keys: DetachKeys) { self.keys = keys.bytes }

    /// True when the sequence is complete within these bytes.
    mutating func see(_ bytes: some Sequence<UInt8>) -> Bool {
        for byte in bytes {
            if byte == keys[matched] {
                matched += 1
                if matched == keys.count { return true }
            } else {
                matched = byte == keys[0] ? 1 : 0
            }
        }
        return false
    }
}
