// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The shim's end of a conversation, played by a thread of the test.

import Glibc
import Synchronization
import WharfBlocking
import WharfLinux
import WharfShimProtocol

/// Answers requests on one socket the way the test wants.
final class FakeShim: Sendable {
    private let socket: Descriptor
    private let requests = Mutex<[ShimRequest]>([])
    private let received = Mutex<[Descriptor]>([])

    /// - Parameters:
    ///   - hello: nil says nothing, as a stopped shim.
    ///   - answer: nil gives no reply.
    init(_ socket: Descriptor, hello: Hello?, answer: @escaping @Sendable (ShimRequest) -> ShimReply?) throws {
        self.socket = socket
        if let hello { try UnixSocket.sendAll(ShimMessage.hello(hello).frame().bytes, to: socket) }
        try WorkerThread.start("fake-shim") { [self] in
            var reader = FrameReader()
            while let fill = try? reader.fill(from: socket, nonBlocking: false), fill == .received {
                while let frame = try? reader.next() {
                    guard case .request(let request)? = try? ShimMessage(frame) else { continue }
                    requests.withLock { $0.append(request) }
                    received.withLock { $0 += frame.descriptors }
                    guard let reply = answer(request) else { continue }
                    try? UnixSocket.sendAll(ShimMessage.reply(reply).frame(id: frame.id).bytes, to: socket)
                }
            }
        }
    }

    var heard: [ShimRequest] { requests.withLock { $0 } }
    var descriptors: [Descriptor] { received.withLock { $0 } }

    func tell(_ event: ShimEvent) throws {
        try UnixSocket.sendAll(ShimMessage.event(event).frame().bytes, to: socket)
    }

    /// Ends the conversation as a process's death does: the thread's read ends too.
    func hangUp() { shutdown(socket.raw, Int32(SHUT_RDWR)) }
}

/// Remembers what was destroyed.
final class FakeCgroups: Sendable {
    private let paths = Mutex<[String]>([])
    var destroyed: [String] { paths.withLock { $0 } }
    func note(_ path: String) { paths.withLock { $0.append(path) } }
}
