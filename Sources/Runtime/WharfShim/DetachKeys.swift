// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The keys that end an attach (ctrl-p ctrl-q by default), found in what the client types, before it reaches the process.

/// Looks for a sequence of bytes in a stream, across pieces.
struct DetachKeys {
    private let keys: [UInt8]
    /// How many bytes of the sequence have been seen and held back.
    private var matched = 0

    /// An empty sequence is never found.
    init(_ keys: [UInt8]) { self.keys = keys }

    /// What of `input` is to be passed on, and whether the sequence is complete; what follows it is dropped.
    ///
    /// Bytes that might be the beginning of the sequence are held back until the next ones decide.
    mutating func scan(_ input: some Sequence<UInt8>) -> (passed: [UInt8], isComplete: Bool) {
        guard !keys.isEmpty else { return (Array(input), false) }
        var passed: [UInt8] = []
        for byte in input {
            while matched > 0, keys[matched] != byte {
                let shorter = border(of: matched)
                passed += keys[..<(matched - shorter)]
                matched = shorter
            }
            guard keys[matched] == byte else {
                passed.append(byte)
                continue
            }
            matched += 1
            if matched == keys.count {
                matched = 0
                return (passed, true)
            }
        }
        return (passed, false)
    }

    /// What was held back when the input ended.
    mutating func rest() -> [UInt8] {
        defer { matched = 0 }
        return Array(keys[..<matched])
    }

    /// The longest beginning of the sequence that also ends its first `length` bytes.
    private func border(of length: Int) -> Int {
        for candidate in stride(from: length - 1, to: 0, by: -1)
        where keys[..<candidate].elementsEqual(keys[(length - candidate)..<length]) { return candidate }
        return 0
    }
}
