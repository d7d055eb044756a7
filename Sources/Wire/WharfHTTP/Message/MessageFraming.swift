// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// How far the message that is being read has come: where its head ends and how much body is to follow. The gate in
// front of the parser cuts the byte stream by it, so that no byte behind a message is ever inside the parser. A pure
// value: it is told what arrived and says how much of the next bytes belong to the message.
//
//   head ──▶ body(n) ──▶ complete ──▶ head (next message)
//     │  └──▶ open ────▶    ▲
//     └─────────────────────┘

/// Position within one HTTP/1.1 message.
struct MessageFraming {
    enum State: Equatable {
        /// Reading the head: it ends with CRLF CRLF.
        case head
        /// So many bytes of a body with a known length are missing.
        case body(remaining: Int)
        /// A chunked body, or one that ends with the connection: only the parser knows where.
        case open
        /// The message is there; what comes next is not part of it.
        case complete
    }

    private(set) var state = State.head
    /// The last four bytes of the head so far, newest lowest.
    private var tail: UInt32 = 0

    /// How many of `bytes` may be given to the parser now; then the parser's news decide about the rest.
    mutating func admit(_ bytes: some Collection<UInt8>) -> Int {
        switch state {
        case .head:
            var count = 0
            for byte in bytes {
                tail = tail << 8 | UInt32(byte)
                count += 1
                if tail == 0x0D0A_0D0A { break }
            }
            return count
        case .body(let remaining): return Swift.min(remaining, bytes.count)
        case .open: return bytes.count
        case .complete: return 0
        }
    }

    /// The parser has seen the head. `length` is the body's length where it is known.
    mutating func headParsed(length: Int?) {
        state = length.map { .body(remaining: $0) } ?? .open
    }

    /// The parser has passed on so many bytes of body.
    mutating func bodyParsed(_ count: Int) {
        guard case .body(let remaining) = state else { return }
        state = .body(remaining: Swift.max(0, remaining - count))
    }

    /// The parser has seen the end, or what follows is not HTTP any more.
    mutating func messageParsed() { state = .complete }

    /// The next message may be read.
    mutating func next() {
        state = .head
        tail = 0
    }
}
