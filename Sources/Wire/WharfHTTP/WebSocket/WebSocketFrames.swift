// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// WebSocket's framing (RFC 6455, section 5): what a client sends taken apart as it comes, what it gets put together. A frame's
// payload is handed on in pieces, so its length costs nothing.
//
//   byte 0: FIN | RSV1-3 | opcode      byte 1: MASK | length (126: 2 more bytes, 127: 8 more)      4 bytes mask      payload

/// What a frame is.
enum WebSocketOpcode: UInt8, Sendable {
    case continuation = 0
    case text = 1
    case binary = 2
    case close = 8
    case ping = 9
    case pong = 10
}

/// Why a client's bytes are no frames.
struct WebSocketError: Error, Sendable, Equatable {
    let reason: String
}

/// Takes a client's frames apart.
struct WebSocketReader {
    /// Something that a client sent.
    enum Event: Sendable, Equatable {
        /// Part of the stream.
        case data([UInt8])
        case ping([UInt8])
        case close
    }

    private var pending: [UInt8] = []
    private var opcode = WebSocketOpcode.continuation
    private var mask: [UInt8] = []
    /// Payload of the current frame that has not come; nil between frames.
    private var left: UInt64?
    private var maskIndex = 0
    /// A control frame's payload, at most 125 bytes.
    private var control: [UInt8] = []

    init() {}

    /// Takes bytes in and gives what they complete.
    ///
    /// - Throws: for frames that no client may send: without a mask, with reserved bits, unknown or split control frames.
    mutating func feed(_ bytes: [UInt8]) throws(WebSocketError) -> [Event] {
        pending += bytes
        var events: [Event] = []
        while try step(&events) {}
        return events
    }

    private mutating func step(_ events: inout [Event]) throws(WebSocketError) -> Bool {
        guard let left else { return try header() }
        let isControl = opcode.rawValue >= 8
        if left > 0, pending.isEmpty { return false }
        let count = Int(min(left, UInt64(pending.count)))
        var payload = Array(pending[..<count])
        pending.removeFirst(count)
        for index in payload.indices { payload[index] ^= mask[(maskIndex + index) % 4] }
        maskIndex = (maskIndex + count) % 4
        self.left = left - UInt64(count)
        if isControl { control += payload } else if !payload.isEmpty { events.append(.data(payload)) }
        guard left == UInt64(count) else { return true }
        self.left = nil
        if isControl {
            if opcode == .close { events.append(.close) }
            if opcode == .ping { events.append(.ping(control)) }
            control = []
        }
        return true
    }

    private mutating func header() throws(WebSocketError) -> Bool {
        guard pending.count >= 2 else { return false }
        guard pending[0] & 0x70 == 0, let opcode = WebSocketOpcode(rawValue: pending[0] & 0x0F) else {
            throw WebSocketError(reason: "a frame of an unknown kind")
        }
        guard pending[1] & 0x80 != 0 else { throw WebSocketError(reason: "a frame without a mask") }
        let short = pending[1] & 0x7F
        guard opcode.rawValue < 8 || (short < 126 && pending[0] & 0x80 != 0) else {
            throw WebSocketError(reason: "a long or split control frame")
        }
        let extra = short == 126 ? 2 : short == 127 ? 8 : 0
        guard pending.count >= 6 + extra else { return false }
        let length = extra == 0 ? UInt64(short) : pending[2..<(2 + extra)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length < 1 << 63 else { throw WebSocketError(reason: "a frame without an end") }
        mask = Array(pending[(2 + extra)..<(6 + extra)])
        pending.removeFirst(6 + extra)
        (self.opcode, left, maskIndex) = (opcode, length, 0)
        return true
    }

    /// A whole frame as a server sends it.
    static func frame(_ opcode: WebSocketOpcode, _ payload: some Collection<UInt8>) -> [UInt8] {
        var frame: [UInt8] = [0x80 | opcode.rawValue]
        switch payload.count {
        case ..<126: frame.append(UInt8(payload.count))
        case ..<65536: frame += [126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default: frame += [127] + (0..<8).map { UInt8(truncatingIfNeeded: UInt64(payload.count) >> (56 - 8 * UInt64($0))) }
        }
        return frame + payload
    }
}
