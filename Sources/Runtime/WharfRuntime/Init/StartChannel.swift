// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// How the new process and its maker talk: a stream socket, closed by the kernel at exec.
//
//     doorway -> maker message born             init's pidfd rides on its first byte; only where there is a doorway
//     maker -> init   'j'                       your control groups are joined and your users are mapped
//     init -> maker   message request           only where init needs the host, as often as it does; answered by
//     maker -> init   'c'                       done; what was asked for rides on it
//     init -> maker   message handles           the root directory and the terminal's master ride on its first byte
//     init -> maker   message ready             everything is set up, nothing is open but the standard streams
//     maker -> init   'd'                       only with a listener: the container is recorded, outlive me
//     shim -> init    's'                       run the program; with a listener on a connection to it
//     init -> shim    end of stream             it runs
//                     message failure           it does not
//
//     message = kind u8 (1 ready, 2 failure, 3 handles, 4 born, 5 request) | length u32 | body      numbers little-endian
//     ready   = count u16 | count x (length u16 | text)                the warnings
//     failure = errno i32 | length u16 | step | length u16 | text
//     born    = pid i32
//     request = kind u8 | number i32

import Glibc
public import WharfLinux

/// The end that starts a created process and hears how that went.
public struct StartChannel: Sendable {
    /// Readable after the start: read until the end of the stream and give all of it to `InitFailure.decode`.
    public let descriptor: Descriptor

    /// Takes over a channel, for instance one that came from the maker by SCM_RIGHTS.
    public init(_ descriptor: Descriptor) { self.descriptor = descriptor }

    /// Lets the program run. EPIPE when the process is gone. A failure of exec is told on the channel.
    public func start() throws(SyscallError) { try UnixSocket.sendAll([InitMessage.startByte], to: descriptor) }

    /// Lets the process wait for a connection to its listener (`StartSource.listener`), whoever ends meanwhile: for when the
    /// container is on record, so that somebody can remove it. EPIPE when the process is gone.
    public func detach() throws(SyscallError) { try UnixSocket.sendAll([InitMessage.detachByte], to: descriptor) }

    /// Blocks until the program runs; throws what kept it from running.
    public func waitStarted() throws(RuntimeError) {
        let bytes = try step("start") { () throws(SyscallError) in try descriptor.readAll(limit: InitMessage.maximumSize) }
        if let failure = InitFailure.decode(bytes) { throw failure }
    }
}

/// What a start channel brought.
public enum InitFailure {
    /// The failure in everything that was read from a start channel up to its end; nil when the program runs.
    /// Bytes that can't be a message are a failure of their own.
    public static func decode(_ bytes: [UInt8]) -> RuntimeError? {
        if bytes.isEmpty { return nil }
        if case .failure(let error) = InitMessage.decode(bytes) { return error }
        return RuntimeError(step: "start", errno: EPROTO, text: "init sent an unreadable message")
    }
}

/// A message from init.
enum InitMessage: Equatable {
    case ready(warnings: [String])
    case failure(RuntimeError)
    case handles
    case born(pid: Int32)
    case request(InitRequest, Int32)

    static let joinedByte = UInt8(ascii: "j")
    static let startByte = UInt8(ascii: "s")
    static let doneByte = UInt8(ascii: "c")
    static let detachByte = UInt8(ascii: "d")
    static let headerSize = 5
    /// Every message is shorter; a longer one is refused before it is read.
    static let maximumSize = 65536
    private static let maximumText = 4096

    func encode() -> [UInt8] {
        var body: [UInt8] = []
        let kind: UInt8
        switch self {
        case .ready(let warnings):
            kind = 1
            let told = warnings.prefix(12)
            InitMessage.put(UInt16(told.count), &body)
            for warning in told { InitMessage.put(warning, &body) }
        case .handles:
            kind = 3
        case .born(let pid):
            kind = 4
            InitMessage.put(UInt32(bitPattern: pid), &body)
        case .request(let request, let number):
            kind = 5
            body.append(request.rawValue)
            InitMessage.put(UInt32(bitPattern: number), &body)
        case .failure(let error):
            kind = 2
            InitMessage.put(UInt32(bitPattern: error.errno), &body)
            InitMessage.put(error.step, &body)
            InitMessage.put(error.text, &body)
        }
        var bytes = [kind]
        InitMessage.put(UInt32(body.count), &bytes)
        return bytes + body
    }

    /// nil for anything that is not exactly one message.
    static func decode(_ bytes: [UInt8]) -> InitMessage? {
        var rest = bytes[...]
        guard let kind = rest.popFirst(), let length: UInt32 = take(&rest), Int(length) == rest.count else { return nil }
        switch kind {
        case 1:
            guard let count: UInt16 = take(&rest) else { return nil }
            var warnings: [String] = []
            for _ in 0..<count {
                guard let text = text(&rest) else { return nil }
                warnings.append(text)
            }
            return rest.isEmpty ? .ready(warnings: warnings) : nil
        case 2:
            guard let errno: UInt32 = take(&rest), let step = text(&rest), let text = text(&rest), rest.isEmpty else { return nil }
            return .failure(RuntimeError(step: step, errno: Int32(bitPattern: errno), text: text))
        case 3:
            return rest.isEmpty ? .handles : nil
        case 4:
            guard let pid: UInt32 = take(&rest), rest.isEmpty else { return nil }
            return .born(pid: Int32(bitPattern: pid))
        case 5:
            guard let request = rest.popFirst().flatMap(InitRequest.init), let number: UInt32 = take(&rest), rest.isEmpty else {
                return nil
            }
            return .request(request, Int32(bitPattern: number))
        default:
            return nil
        }
    }

    /// The body's length in a header, nil when it can't be one.
    static func bodyLength(_ header: [UInt8]) -> Int? {
        var rest = header[...].dropFirst()
        guard header.count == headerSize, let length: UInt32 = take(&rest), length < maximumSize - headerSize else { return nil }
        return Int(length)
    }

    private static func put(_ number: some FixedWidthInteger, _ bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private static func put(_ text: String, _ bytes: inout [UInt8]) {
        let utf8 = text.utf8.prefix(maximumText)
        put(UInt16(utf8.count), &bytes)
        bytes.append(contentsOf: utf8)
    }

    private static func take<Number: FixedWidthInteger>(_ bytes: inout ArraySlice<UInt8>) -> Number? {
        let size = MemoryLayout<Number>.size
        guard bytes.count >= size else { return nil }
        defer { bytes = bytes.dropFirst(size) }
        return bytes.prefix(size).reversed().reduce(0) { $0 << 8 | Number($1) }
    }

    private static func text(_ bytes: inout ArraySlice<UInt8>) -> String? {
        guard let length: UInt16 = take(&bytes), bytes.count >= Int(length) else { return nil }
        defer { bytes = bytes.dropFirst(Int(length)) }
        return String(decoding: bytes.prefix(Int(length)), as: UTF8.self)
    }
}
