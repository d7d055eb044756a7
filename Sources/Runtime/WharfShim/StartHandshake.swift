// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The last words with init before its program: one byte lets it go on, the end of the connection says that the program
// runs, a message says why it can't.

import Glibc
import WharfLinux
import WharfRuntime
import WharfShimProtocol

/// Waits for init to become its program.
final class StartHandshake {
    /// More than this is no message of init.
    private static let longestMessage = 64 << 10

    private let channel: StartChannel
    private var watch: Watch?
    private var received: [UInt8] = []
    private var completion: ((ShimFailure?) -> Void)?

    /// Takes the connection over and lets init go on; `completion` gets nil when the program runs. EPIPE when init is
    /// gone: then `completion` is not called.
    @discardableResult
    init(_ socket: Descriptor, in loop: EventLoop, completion: @escaping (ShimFailure?) -> Void) throws(ShimFailure) {
        channel = StartChannel(socket)
        self.completion = completion
        do throws(SyscallError) {
            try socket.setNonBlocking(true)
            try channel.start()
            watch = try loop.watch(socket, .readable) { [self] _ in receive() }
        } catch {
            throw ShimFailure(step: "start", error)
        }
    }

    private func receive() {
        do throws(SyscallError) {
            let count = try withUnsafeTemporaryAllocation(byteCount: 1024, alignment: 1) { buffer throws(SyscallError) in
                let count = try channel.descriptor.read(into: buffer)
                received += buffer.prefix(count)
                return count
            }
            if count == 0 || received.count > Self.longestMessage { finish(InitFailure.decode(received).map { ShimFailure($0) }) }
        } catch {
            if !error.isWouldBlock { finish(ShimFailure(step: "start", error)) }
        }
    }

    private func finish(_ failure: ShimFailure?) {
        let completion = completion
        self.completion = nil
        watch?.cancel()
        watch = nil
        channel.descriptor.close()
        completion?(failure)
    }
}
