// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The requests that are answered at once, and the way of each request to its verb.

import Glibc
import WharfLinux
import WharfShimProtocol

extension Shim {
    /// Takes one request of an introduced daemon. Every request gets one reply.
    func handle(_ request: ShimRequest, id: UInt64, _ descriptors: [Descriptor], from connection: ShimConnection) {
        switch request {
        case .create(let request): create(request, descriptors, id: id, from: connection)
        case .start: start(id: id, from: connection)
        case .exec(let request): exec(request, descriptors, id: id, from: connection)
        case .wait(let process): wait(for: process, id: id, from: connection)
        case .state:
            connection.reply(.state(state), to: id)
            if !connection.acknowledges { forgetToldExecs() }
        case .pause: pause(id: id, from: connection)
        case .resume: resume(id: id, from: connection)
        case .shutdown: shutdown(id: id, from: connection)
        case .update(let request): update(request, id: id, from: connection)
        case .acknowledge(let process): acknowledge(process, id: id, from: connection)
        case .signal(let request) where request.all: signalAll(request.signal, id: id, from: connection)
        case .signal(let request): signal(request, id: id, from: connection)
        case .resize(let request):
            answer(id, connection, "resize", request.process) { process throws(SyscallError) in
                try process.streams?.resize(to: WindowSize(rows: request.rows, columns: request.columns))
            }
        case .closeStdin(let name):
            answer(id, connection, "stdin", name) { process in process.streams?.closeInput() }
        case .attach(let request):
            guard descriptors.count == 1 else { return connection.refuse(id, "attach", EINVAL, "an attach needs one connection") }
            answer(id, connection, "attach", request.process) { process throws(SyscallError) in
                guard let streams = process.streams else { throw SyscallError("attach", errno: ESRCH) }
                try streams.attach(request, descriptors[0])
            }
        }
    }

    /// Runs `body` on a process and replies `done` or why not.
    func answer(
        _ id: UInt64, _ connection: ShimConnection, _ step: String, _ name: String,
        _ body: (TaskProcess) throws(SyscallError) -> Void
    ) {
        do throws(SyscallError) {
            guard let process = container?.process(named: name) else {
                throw SyscallError("process", name, errno: ESRCH)
            }
            try body(process)
            connection.reply(.done, to: id)
        } catch {
            connection.reply(.failure(ShimFailure(step: step, error)), to: id)
        }
    }

    private func wait(for name: String, id: UInt64, from connection: ShimConnection) {
        if name.isEmpty, case .stopped(let stopped) = phase { return connection.reply(.exit(stopped.record), to: id) }
        guard let process = container?.process(named: name) else {
            return connection.refuse(id, "wait", ESRCH, "there is no process \(name)")
        }
        if let record = process.record { return connection.reply(.exit(record), to: id) }
        process.waiters.append((connection, id))
    }

    // MARK: State

    /// What the container looks like now.
    var state: TaskState {
        switch phase {
        case .empty, .making: return TaskState()
        case .stopped(let stopped): return stopped.state
        case .live(let container):
            var state = container.facts
            state.status =
                switch container.status {
                case .created, .starting, .failed: .created
                case .running: .running
                case .paused: .paused
                }
            state.execs = container.execs.values.map { process in
                var exec = ExecState()
                exec.id = process.id
                exec.processID = process.processID
                exec.exit = process.record
                return exec
            }
            return state
        }
    }

    private func initAcknowledged() {
        if case .stopped(var stopped) = phase {
            stopped.isSafe = true
            phase = .stopped(stopped)
        }
    }

    /// The end of a process has been written down by its daemon.
    private func acknowledge(_ name: String, id: UInt64, from connection: ShimConnection) {
        if name.isEmpty {
            initAcknowledged()
        } else if let container, container.execs[name]?.record != nil {
            container.execs[name] = nil
        }
        connection.reply(.done, to: id)
    }

    /// A daemon that does not acknowledge has been given the list: ended execs need not be kept any longer.
    private func forgetToldExecs() {
        guard let container else { return }
        container.execs = container.execs.filter { $0.value.record == nil }
    }
}
