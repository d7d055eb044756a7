// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Docker's framing of a container's output where stdout and stderr share one connection (attach, exec, logs):
//
//   0        1   2   3   4          8
//   | stream | 0 | 0 | 0 | length   | length bytes |      length is big-endian

/// The framing of multiplexed output.
public enum StreamFraming {
    /// The stream's number in the first byte.
    public enum Stream: UInt8, Sendable, CaseIterable {
        case stdin = 0
        case stdout = 1
        case stderr = 2
        /// The daemon's own error while it streams.
        case systemError = 3
    }

    /// The length of the header.
    public static let headerLength = 8

    /// Adds the header of a piece of `count` bytes.
    public static func appendHeader(_ stream: Stream, count: Int, to bytes: inout [UInt8]) {
        let length = UInt32(clamping: count)
        bytes.append(stream.rawValue)
        for _ in 0..<3 { bytes.append(0) }
        for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: length >> shift)) }
    }

    /// One framed piece.
    public static func frame(_ stream: Stream, _ payload: some Collection<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(headerLength + payload.count)
        appendHeader(stream, count: payload.count, to: &bytes)
        bytes += payload
        return bytes
    }
}
