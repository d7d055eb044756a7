// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A short-lived child of the loop for everything that may take time or may trap: making a container, an exec, freezing,
// the sweep behind an exit. It sends one report and ends; the loop watches for the report and for the deadline.

import Glibc
import WharfLinux
import WharfShimProtocol

/// A running child.
final class Helper {
    /// What came back: the report and its descriptors.
    typealias Outcome = Result<(report: MakerReport, descriptors: [Descriptor]), ShimFailure>

    private let loop: EventLoop
    private let name: String
    private let process: PidFD
    private let socket: Descriptor
    private var reader = FrameReader()
    private var watch: Watch?
    private var deadline: UInt64?
    private var completion: ((Outcome) -> Void)?

    /// The child's id, to be known when it is reaped.
    let processID: Int32

    /// Forks. The child keeps the descriptors `kept` (and 0, 1, 2), runs `work` and sends what it answers; a thrown
    /// `ShimFailure` is sent as such. The parent goes on at once; `completion` is called exactly once, from the loop.
    static func run(
        _ name: String, in loop: EventLoop, keeping kept: [Descriptor] = [], deadline: Duration = .seconds(60),
        work: () throws(ShimFailure) -> (MakerReport, [Descriptor]), completion: @escaping (Outcome) -> Void
    ) throws(ShimFailure) -> Helper {
        do throws(SyscallError) {
            let (ours, theirs) = try UnixSocket.pair()
            guard case .parent(let pid, let process) = try Fork.now() else {
                child(name, theirs, kept, work)
            }
            return try Helper(name, pid, process, ours, loop, deadline, completion)
        } catch {
            throw ShimFailure(step: name, error)
        }
    }

    private init(
        _ name: String, _ pid: Int32, _ process: PidFD, _ socket: Descriptor, _ loop: EventLoop, _ limit: Duration,
        _ completion: @escaping (Outcome) -> Void
    ) throws(SyscallError) {
        (self.name, processID, self.process, self.socket, self.loop, self.completion) = (name, pid, process, socket, loop, completion)
        watch = try loop.watch(socket, .readable) { [self] _ in receive() }
        deadline = loop.after(limit) { [self] in
            finish(.failure(ShimFailure(step: name, errno: ETIMEDOUT, text: "the work took longer than \(limit)")))
        }
    }

    /// Everything that the child does. It never returns to the loop's code.
    private static func child(
        _ name: String, _ socket: Descriptor, _ kept: [Descriptor], _ work: () throws(ShimFailure) -> (MakerReport, [Descriptor])
    ) -> Never {
        var report = MakerReport()
        var descriptors: [Descriptor] = []
        do throws(ShimFailure) {
            do throws(SyscallError) {
                Credentials.setProcessName("wharf-\(name)")
                SignalFD.unblockAll()
                try closeDescriptors(except: kept + [socket])
            } catch {
                throw ShimFailure(step: name, error)
            }
            (report, descriptors) = try work()
        } catch {
            report.failure = error
            report.parts = []
        }
        do throws(SyscallError) {
            try UnixSocket.sendAll(report.frame(descriptors: descriptors).bytes, descriptors: descriptors, to: socket)
        } catch {
            // The loop sees the socket's end and reports that.
            _exit(1)
        }
        _exit(report.failure == nil ? 0 : 1)
    }

    private func receive() {
        do {
            let fill = try reader.fill(from: socket)
            if let frame = try reader.next() {
                let report = try MakerReport(frame)
                if let failure = report.failure { return finish(.failure(failure)) }
                return finish(.success((report, frame.descriptors)))
            }
            if fill == .end {
                finish(.failure(ShimFailure(step: name, errno: EPIPE, text: "the process that did the work ended without a report")))
            }
        } catch {
            finish(.failure(ShimFailure(step: name, errno: EPROTO, text: "unreadable report: \(error)")))
        }
    }

    private func finish(_ outcome: Outcome) {
        guard let completion else { return }
        self.completion = nil
        loop.cancel(deadline)
        watch?.cancel()
        watch = nil
        socket.close()
        if case .failure = outcome {
            // It may hang in the kernel; whatever it was doing is of no use any more. ESRCH: it has ended by itself.
            try? process.send(SIGKILL)
        }
        completion(outcome)
    }
}

extension ShimFailure {
    /// A failed call.
    init(step: String, _ error: SyscallError) {
        self.init(step: step, errno: error.errno, text: "\(error)")
    }
}
