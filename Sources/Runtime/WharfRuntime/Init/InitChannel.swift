// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Init's end of the channel and the maker's side of the hand-over.

import Glibc
import WharfLinux

/// The two ends, made before the clone. Each process closes the other's end.
struct InitChannel {
    let maker: Descriptor
    let initEnd: Descriptor

    init() throws(SyscallError) { (maker, initEnd) = try UnixSocket.pair() }

    // MARK: The maker

    /// Tells init that its control groups are joined.
    func sendJoined() throws(SyscallError) { try UnixSocket.sendAll([InitMessage.joinedByte], to: maker) }

    /// Waits until init is ready: its warnings and descriptors. Init's own failure is thrown; a silent end means that
    /// it was killed. `services` does what init asks for meanwhile.
    func receiveReady(_ services: InitServices?) throws(RuntimeError) -> (warnings: [String], descriptors: [Descriptor]) {
        var descriptors: [Descriptor] = []
        while true {
            switch try receiveMessage(&descriptors) {
            case .handles: continue
            case .ready(let warnings): return (warnings, descriptors)
            case .request(let request, let number):
                guard let services else { throw unreadable() }
                let answer = try services.serve(request, number)
                try step("init") { () throws(SyscallError) in
                    try UnixSocket.sendAll([InitMessage.doneByte], descriptors: answer, to: maker)
                }
            case .failure(let error): throw error
            case .born: throw unreadable()
            }
        }
    }

    /// Waits for the news of init's birth, where a doorway makes it.
    func receiveBorn() throws(RuntimeError) -> (pid: Int32, pidfd: PidFD) {
        var descriptors: [Descriptor] = []
        switch try receiveMessage(&descriptors) {
        case .born(let pid):
            guard let pidfd = descriptors.first else { throw unreadable() }
            return (pid, PidFD(pidfd))
        case .failure(let error): throw error
        default: throw unreadable()
        }
    }

    private func receiveMessage(_ descriptors: inout [Descriptor]) throws(RuntimeError) -> InitMessage {
        let header = try receive(InitMessage.headerSize, &descriptors)
        guard let length = InitMessage.bodyLength(header),
            let message = InitMessage.decode(header + (try receive(length, &descriptors)))
        else { throw unreadable() }
        return message
    }

    private func unreadable() -> RuntimeError { RuntimeError(step: "init", errno: EPROTO, text: "init sent an unreadable message") }

    private func receive(
        _ count: Int, _ descriptors: inout [Descriptor], from end: Descriptor? = nil
    ) throws(RuntimeError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let start = done
            let size = try step("init") { () throws(SyscallError) -> Int in
                try bytes.withUnsafeMutableBufferPointer { buffer throws(SyscallError) -> Int in
                    let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[start...])
                    return try UnixSocket.receive(into: rest, descriptors: &descriptors, from: end ?? maker) ?? 0
                }
            }
            if size == 0 { throw RuntimeError(step: "init", errno: EPIPE, text: "init ended before it was ready") }
            done += size
        }
        return bytes
    }

    // MARK: Init

    /// Waits for one byte; ends the process when the other side is gone, because then nobody wants the container.
    func waitFor(_ byte: UInt8) throws(RuntimeError) {
        var received: UInt8 = 0
        let count = try step("init") { () throws(SyscallError) -> Int in
            try withUnsafeMutableBytes(of: &received) { buffer throws(SyscallError) -> Int in try initEnd.read(into: buffer) }
        }
        if count == 0 { _exit(1) }
        guard received == byte else { throw RuntimeError(step: "init", errno: EPROTO, text: "unexpected byte \(received) for init") }
    }

    /// Returns when the program may run. With a listener, whoever sends the start byte there hears from then on what
    /// becomes of it; a connection that ends before that is forgotten.
    func waitForStart(_ source: StartSource) throws(RuntimeError) {
        guard case .listener(let listener) = source else { return try waitFor(InitMessage.startByte) }
        try waitFor(InitMessage.detachByte)
        try step("start") { () throws(SyscallError) in
            // Few kinds of system calls: the container's filter may be at work already.
            try listener.setNonBlocking(false)
            var received: UInt8 = 0
            while received != InitMessage.startByte {
                guard let connection = try UnixSocket.accept(listener, nonBlocking: false) else { continue }
                do throws(SyscallError) {
                    let count = try withUnsafeMutableBytes(of: &received) { buffer throws(SyscallError) in try connection.read(into: buffer)
                    }
                    if count == 0 { received = 0 }
                } catch  where error.errno == ECONNRESET {
                    received = 0
                }
                // The connection takes the maker's place, also for failures.
                if received == InitMessage.startByte { try ProcessState.assign(connection, to: initEnd.raw) }
            }
        }
    }

    /// Asks the maker for something and waits until it is done; answers what rode on the answer.
    func request(_ request: InitRequest, _ number: Int32 = 0) throws(RuntimeError) -> [Descriptor] {
        try step("init") { () throws(SyscallError) in
            // By write(2), which alone no filter may hand to an agent: the agent hears of the filter by this very message.
            try initEnd.writeAll(InitMessage.request(request, number).encode())
        }
        var descriptors: [Descriptor] = []
        let answer = try receive(1, &descriptors, from: initEnd)
        guard answer == [InitMessage.doneByte] else { throw unreadable() }
        return descriptors
    }

    /// The doorway's last words.
    func sendBorn(_ pid: Int32, _ pidfd: PidFD) throws(RuntimeError) {
        try step("init") { () throws(SyscallError) in
            try UnixSocket.sendAll(InitMessage.born(pid: pid).encode(), descriptors: [pidfd.descriptor], to: initEnd)
        }
    }

    /// Hands descriptors over, before everything but the standard streams is closed.
    func sendHandles(_ descriptors: [Descriptor]) throws(RuntimeError) {
        try step("init") { () throws(SyscallError) in
            try UnixSocket.sendAll(InitMessage.handles.encode(), descriptors: descriptors, to: initEnd)
        }
    }

    func sendReady(warnings: [String]) throws(RuntimeError) {
        try step("init") { () throws(SyscallError) in
            try UnixSocket.sendAll(InitMessage.ready(warnings: warnings).encode(), to: initEnd)
        }
    }

    /// Tells the failure and ends the process. 127 and 126 as a shell would, should anybody look.
    func fail(_ error: RuntimeError) -> Never {
        // With nobody at the other end there is nobody to tell.
        try? UnixSocket.sendAll(InitMessage.failure(error).encode(), to: initEnd)
        _exit(error.errno == ENOENT ? 127 : 126)
    }
}
