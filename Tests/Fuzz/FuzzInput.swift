// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What every fuzz target begins with: libFuzzer's bytes as an array, taken apart piece by piece; and how a target says that
// something is wrong, which ends the run with the input kept.

import Glibc

/// The bytes of one run, read from the front.
struct FuzzInput {
    private var rest: ArraySlice<UInt8>

    init(_ data: UnsafePointer<UInt8>?, _ size: Int) {
        rest = Array(UnsafeBufferPointer(start: data, count: size))[...]
    }

    /// The next byte; 0 when there is none.
    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    /// A number below `limit`.
    mutating func number(below limit: Int) -> Int { Int(byte()) % limit }

    /// Eight bytes as a number.
    mutating func word() -> UInt64 { (0..<8).reduce(0) { value, _ in value << 8 | UInt64(byte()) } }

    /// Up to the next NUL byte, which goes too.
    mutating func piece() -> [UInt8] {
        let piece = rest.prefix { $0 != 0 }
        rest = rest.dropFirst(piece.count + 1)
        return Array(piece)
    }

    /// All that is left.
    mutating func remainder() -> [UInt8] {
        defer { rest = [] }
        return Array(rest)
    }

    var isEmpty: Bool { rest.isEmpty }
}

/// Ends the run where two things that must agree do not.
func expect(_ condition: Bool, _ message: @autoclosure () -> String) {
    if condition { return }
    var text = Array("fuzz: \(message())\n".utf8)
    write(2, &text, text.count)
    abort()
}
