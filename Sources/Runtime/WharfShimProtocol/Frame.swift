// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One frame of the protocol and the two buffers that a connection needs: what has arrived and what is still to be sent.
// Both sides use them, wharfd's reactor and the shim's loop, on non-blocking sockets.

public import WharfLinux

/// A message in its envelope, with the descriptors that came or go with it.
public struct Frame: Sendable {
    /// `MessageKind`; an unknown one is a message of a newer peer.
    public let kind: UInt16
    /// The request's number, 0 for hello and events.
    public let id: UInt64
    public let body: ArraySlice<UInt8>
    public let descriptors: [Descriptor]

    init(kind: UInt16, id: UInt64, body: ArraySlice<UInt8>, descriptors: [Descriptor]) {
        self.kind = kind
        self.id = id
        self.body = body
        self.descriptors = descriptors
    }

    /// Header and body.
    public var bytes: [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(ShimProtocol.headerLength + body.count)
        Self.append(UInt32(truncatingIfNeeded: body.count), to: &result)
        Self.append(kind, to: &result)
        result.append(UInt8(truncatingIfNeeded: descriptors.count))
        result.append(0)
        Self.append(id, to: &result)
        return result + body
    }

    private static func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
    }
}

/// Bytes that have arrived, cut into frames.
public struct FrameReader: Sendable {
    /// What one `fill` did.
    public enum Fill: Sendable, Equatable {
        /// Bytes have arrived; `next` may give frames.
        case received
        /// Nothing to read now.
        case wouldBlock
        /// The peer closed; what is left over is an unfinished frame.
        case end
    }

    private var buffer: [UInt8] = []
    private var position = 0
    private var descriptors: [Descriptor] = []

    public init() {}

    /// Reads once from `socket`.
    public mutating func fill(from socket: Descriptor, nonBlocking: Bool = true) throws(SyscallError) -> Fill {
        let count = try withUnsafeTemporaryAllocation(byteCount: 8192, alignment: 16) { chunk -> Result<Int?, SyscallError> in
            do throws(SyscallError) {
                let count = try UnixSocket.receive(into: chunk, descriptors: &descriptors, from: socket, nonBlocking: nonBlocking)
                buffer += chunk.prefix(count ?? 0)
                return .success(count)
            } catch {
                return .failure(error)
            }
        }.get()
        guard let count else { return .wouldBlock }
        return count == 0 ? .end : .received
    }

    /// Adds bytes that came another way (tests, a relay).
    public mutating func append(_ bytes: [UInt8], descriptors: [Descriptor] = []) {
        buffer += bytes
        self.descriptors += descriptors
    }

    /// The next whole frame, nil when more bytes are needed.
    public mutating func next() throws(ShimProtocolError) -> Frame? {
        let available = buffer.count - position
        guard available >= ShimProtocol.headerLength else { return nil }
        guard let length = Int(exactly: integer(at: 0, UInt32.self)), length <= ShimProtocol.maximumBody else {
            throw .frameTooLarge(Int(truncatingIfNeeded: integer(at: 0, UInt32.self)))
        }
        let announced = Int(buffer[position + 6])
        guard buffer[position + 7] == 0 else { throw .badHeader }
        guard announced <= ShimProtocol.maximumDescriptors else {
            throw .missingDescriptors(announced: announced, arrived: descriptors.count)
        }
        guard available >= ShimProtocol.headerLength + length else { return nil }
        guard descriptors.count >= announced else { throw .missingDescriptors(announced: announced, arrived: descriptors.count) }
        let start = position + ShimProtocol.headerLength
        let frame = Frame(
            kind: integer(at: 4, UInt16.self), id: integer(at: 8, UInt64.self), body: ArraySlice(Array(buffer[start..<start + length])),
            descriptors: Array(descriptors.prefix(announced)))
        descriptors.removeFirst(announced)
        position = start + length
        if position == buffer.count {
            // An idle connection keeps no buffer: there is one per container.
            buffer = []
            position = 0
        }
        return frame
    }

    private func integer<T: FixedWidthInteger>(at offset: Int, _ type: T.Type) -> T {
        var value: T = 0
        withUnsafeMutableBytes(of: &value) { $0.copyBytes(from: buffer[position + offset..<position + offset + MemoryLayout<T>.size]) }
        return T(littleEndian: value)
    }
}

/// Frames on their way out, in order, with their descriptors on their first byte.
public struct FrameOutbox: Sendable {
    private var waiting: [(bytes: [UInt8], descriptors: [Descriptor])] = []
    private var sent = 0

    public init() {}

    public var isEmpty: Bool { waiting.isEmpty }

    /// How many bytes wait.
    public var byteCount: Int { waiting.reduce(0) { $0 + $1.bytes.count } - sent }

    public mutating func append(_ frame: Frame) { waiting.append((frame.bytes, frame.descriptors)) }

    /// Sends what the socket takes now; true when nothing is left.
    public mutating func flush(to socket: Descriptor) throws(SyscallError) -> Bool {
        while let (bytes, descriptors) = waiting.first {
            let start = sent
            let count = try bytes.withUnsafeBufferPointer { typed throws(SyscallError) in
                try UnixSocket.send(
                    UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(typed)[start...]), descriptors: start == 0 ? descriptors : [],
                    to: socket, nonBlocking: true)
            }
            guard let count else { return false }
            sent += count
            if sent == bytes.count {
                waiting.removeFirst()
                sent = 0
            }
        }
        return true
    }
}
