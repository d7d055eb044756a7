// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The pen of a streaming answer.

import NIOCore
import NIOHTTP1
import Synchronization

/// Writes chunks of a streaming body.
public struct HTTPResponseWriter: Sendable {
    private let send: @Sendable ([UInt8]) async throws -> Void

    /// A writer that gives every chunk to `send`; for tests and for pumps.
    public init(_ send: @escaping @Sendable ([UInt8]) async throws -> Void) {
        self.send = send
    }

    /// `head` is sent with the first chunk.
    init(channel: any Channel, whenGone: HTTPResponse.GoneClient, head: LateHead? = nil) {
        send = { bytes in
            do {
                if let head = head?.take() { channel.write(HTTPServerResponsePart.head(head), promise: nil) }
                try await channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: bytes)))).get()
            } catch {
                if case .cancels = whenGone { throw error }
            }
        }
    }

    /// Sends a chunk and returns when the kernel has taken it: a slow client slows the writer down.
    ///
    /// Throws when the client is gone, unless that is to be ignored.
    public func write(_ bytes: [UInt8]) async throws {
        // An empty chunk would end a chunked body.
        if !bytes.isEmpty { try await send(bytes) }
    }
}

/// A head that has not been sent yet.
final class LateHead: Sendable {
    private let head: Mutex<HTTPResponseHead?>

    init(_ head: HTTPResponseHead) { self.head = Mutex(head) }

    /// The head for whoever comes first, nil for all others.
    func take() -> HTTPResponseHead? {
        head.withLock { head in
            defer { head = nil }
            return head
        }
    }
}
