// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Takes stdout and stderr apart where they share one connection (attach, exec and logs without a terminal):
//
//     +--------+---+---+---+----------------+-------------
//     | stream | 0 | 0 | 0 | length, 4 B BE | payload …
//     +--------+---+---+---+----------------+-------------
//
// stream: 0 stdin (never sent), 1 stdout, 2 stderr, 3 an error of the daemon.

/// Reads frames from chunks of any size.
struct Demultiplexer {
    private var header: [UInt8] = []
    private var remaining = 0
    private var stream: UInt8 = 0
    private var systemError: [UInt8] = []

    /// The daemon's own error, once it is complete.
    struct StreamError: Error, CustomStringConvertible {
        let description: String
    }

    /// Hands each piece to `sink` with its stream. Throws `StreamError` for the daemon's error and for a stream that is
    /// not framed at all.
    mutating func feed(_ bytes: ArraySlice<UInt8>, _ sink: (Console.Output, ArraySlice<UInt8>) throws -> Void) throws {
        var rest = bytes
        while !rest.isEmpty {
            if remaining == 0 {
                let missing = 8 - header.count
                header += rest.prefix(missing)
                rest = rest.dropFirst(missing)
                guard header.count == 8 else { return }
                stream = header[0]
                remaining = header[4...].reduce(0) { $0 << 8 | Int($1) }
                header.removeAll(keepingCapacity: true)
                guard stream <= 3 else { throw StreamError(description: "unrecognized input header: \(stream)") }
                continue
            }
            let piece = rest.prefix(remaining)
            rest = rest.dropFirst(piece.count)
            remaining -= piece.count
            switch stream {
            case 2: try sink(.error, piece)
            case 3:
                systemError += piece
                if remaining == 0 {
                    throw StreamError(description: "error from daemon in stream: " + String(decoding: systemError, as: UTF8.self))
                }
            default: try sink(.standard, piece)
            }
        }
    }
}
