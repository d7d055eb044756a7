// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The conversation between wharfd and a shim: constants, errors and the table of message kinds. A new wharfd speaks to
// every shim that an older one started, so numbers here are only ever added. The bytes of each release are kept in
// Tests/WharfShimProtocolTests.
//
//   wharfd                                                      wharf-shim
//     | <------------------------- hello ------------------------- |   on every new connection, both at once
//     | -------------------------- hello ------------------------> |
//     | -- request 1: create (config in the bundle, attach fds) -> |
//     | <------------------------- reply 1: pid ------------------ |
//     | -- request 2: start -------------------------------------> |
//     | <------------------------- reply 2: done ----------------- |
//     | <------------------------- event: exited ----------------- |   the exit record lies in its file by now
//     | -- request 3: acknowledge -------------------------------> |   the daemon has written it down (since version 2)
//     | -- request 4: shutdown ----------------------------------> |   the shim ends
//
// A frame, little-endian:
//
//   0        4       6     7     8          16
//   | length | kind  | fds | 0   | id       | length bytes of fields |
//
//   length  of the fields only         kind  MessageKind
//   fds     how many descriptors ride with the frame (SCM_RIGHTS on its first byte)
//   id      of the request, repeated in its reply; 0 for hello and events
//
// Fields are a tag (number * 8 + type) followed by a varint (type 0) or a length and bytes (type 2), as in protocol
// buffers; unknown numbers are skipped, absent ones have their zero value, repeated ones make a list.

/// Constants of the protocol.
public enum ShimProtocol {
    /// What this build speaks. A peer with a higher number is one that knows more; both keep to the lower.
    ///
    /// 2 added: `update`, `acknowledge`, `warnings`, and what an exec or a container needs of another runtime.
    public static let version: UInt32 = 2
    /// From this version on a daemon acknowledges exits, and a shim keeps those of execs until it has.
    public static let acknowledgingVersion: UInt32 = 2
    /// The longest body of a frame in bytes. An exec's arguments and environment are the longest thing in one.
    public static let maximumBody = 4 << 20
    /// How many descriptors a frame may carry.
    public static let maximumDescriptors = 32
    /// The length of a frame's header.
    static let headerLength = 16
}

/// Why bytes from the peer were refused. The connection is then closed: nothing behind such bytes can be trusted.
public enum ShimProtocolError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A frame announces a longer body than `ShimProtocol.maximumBody`.
    case frameTooLarge(Int)
    /// A frame announces more descriptors than allowed, or than have arrived.
    case missingDescriptors(announced: Int, arrived: Int)
    /// The reserved byte of the header is set.
    case badHeader
    /// A field ends behind the body.
    case truncated
    /// A field of a type that this protocol does not use.
    case badFieldType(Int)
    /// A field's number does not fit the property.
    case outOfRange(field: Int)
    /// A text field is not UTF-8, or a path or name holds a NUL byte.
    case invalidText(field: Int)
    /// The first message was not hello, or hello names another container.
    case notIntroduced

    public var description: String {
        switch self {
        case .frameTooLarge(let size): "frame of \(size) bytes is over the limit of \(ShimProtocol.maximumBody)"
        case .missingDescriptors(let announced, let arrived): "frame announces \(announced) descriptors, \(arrived) arrived"
        case .badHeader: "frame header has reserved bits set"
        case .truncated: "frame ends inside a field"
        case .badFieldType(let type): "field has the unknown type \(type)"
        case .outOfRange(let field): "field \(field) is out of range"
        case .invalidText(let field): "field \(field) is not valid text"
        case .notIntroduced: "the peer did not introduce itself as expected"
        }
    }
}

/// The numbers of the messages. Never reused.
enum MessageKind {
    static let hello: UInt16 = 1
    static let reply: UInt16 = 2

    static let create: UInt16 = 16
    static let start: UInt16 = 17
    static let signal: UInt16 = 18
    static let resize: UInt16 = 19
    static let attach: UInt16 = 20
    static let closeStdin: UInt16 = 21
    static let exec: UInt16 = 22
    static let state: UInt16 = 23
    static let wait: UInt16 = 24
    static let pause: UInt16 = 25
    static let resume: UInt16 = 26
    static let shutdown: UInt16 = 27
    static let update: UInt16 = 28
    static let acknowledge: UInt16 = 29

    static let exited: UInt16 = 64
    static let outOfMemory: UInt16 = 65
    static let detached: UInt16 = 66
    static let attachClosed: UInt16 = 67
    static let logRotated: UInt16 = 68
}
