// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// start, pause, resume and signals to the whole container.

import Glibc
import WharfCgroups
import WharfLinux
import WharfShimProtocol

extension Shim {
    /// Lets init go on to its program, and replies when the program runs or can't.
    func start(id: UInt64, from connection: ShimConnection) {
        guard let container, case .created(let start) = container.status, container.initProcess.ending == nil else {
            return connection.refuse(id, "request", EINVAL, "there is no container that waits for its start")
        }
        let completion = { [unowned self] (failure: ShimFailure?) in
            if let failure {
                container.status = .failed
                connection.reply(.failure(failure), to: id)
            } else {
                container.facts.start()
                container.status = .running
                shrinkSoon()
                connection.reply(.done, to: id)
            }
            concludeIfComplete()
        }
        do throws(ShimFailure) {
            if let command = container.runtime.command {
                let target = container.target
                try work("start") { () throws(ShimFailure) in
                    try command.start(target)
                } completion: {
                    completion($0)
                }
            } else {
                guard let start else { throw ShimFailure(step: "start", errno: EPROTO, text: "there is no connection to start by") }
                try StartHandshake(start, in: loop, completion: completion)
            }
            container.status = .starting
        } catch {
            connection.reply(.failure(error), to: id)
        }
    }

    // MARK: Freezing

    func pause(id: UInt64, from connection: ShimConnection) {
        guard let container, case .running = container.status, container.cgroups != nil else {
            return connection.refuse(id, "pause", EINVAL, "the container does not run, or the host has no control groups")
        }
        let (runtime, target) = (container.runtime.runtime, container.target)
        answer("freezer", id, connection) { () throws(ShimFailure) in
            try runtime.pause(target)
        } success: {
            if case .running = container.status { container.status = .paused }
        }
    }

    func resume(id: UInt64, from connection: ShimConnection) {
        // A kill has thawed it, or it has even ended of that: what was asked for is so.
        if case .stopped = phase { return connection.reply(.done, to: id) }
        guard let container, container.hasStarted else {
            return connection.refuse(id, "resume", EINVAL, "the container is not paused")
        }
        guard case .paused = container.status else { return connection.reply(.done, to: id) }
        thaw(container) { failure in connection.reply(failure.map { .failure($0) } ?? .done, to: id) }
    }

    /// A frozen process does not die of a kill before it is thawed (control groups version 1).
    func thawForKill() {
        guard let container, case .paused = container.status else { return }
        thaw(container) { _ in }
    }

    private func thaw(_ container: Container, _ completion: @escaping (ShimFailure?) -> Void) {
        let (runtime, target) = (container.runtime.runtime, container.target)
        do throws(ShimFailure) {
            try work("freezer") { () throws(ShimFailure) in
                try runtime.resume(target)
            } completion: { failure in
                // Two may be asked to thaw at once, and a runtime may call the second one's a mistake.
                if failure == nil, case .paused = container.status { container.status = .running }
                if case .paused = container.status { completion(failure) } else { completion(nil) }
            }
        } catch {
            completion(error)
        }
    }

    // MARK: Signals

    /// To one process; to init through its runtime when that is another program.
    func signal(_ request: SignalRequest, id: UInt64, from connection: ShimConnection) {
        guard let container, request.process.isEmpty, container.initProcess.ending == nil, let command = container.runtime.command else {
            return answer(id, connection, "signal", request.process) { process throws(SyscallError) in
                try process.send(request.signal)
                if request.signal == SIGKILL, process.id.isEmpty { thawForKill() }
            }
        }
        let target = container.target
        answer("signal", id, connection) { () throws(ShimFailure) in
            try command.signal(request.signal, target)
        } success: { [unowned self] in
            if request.signal == SIGKILL { thawForKill() }
        }
    }

    /// To every process of the container, the execs and their children included.
    func signalAll(_ signal: Int32, id: UInt64, from connection: ShimConnection) {
        guard let container, container.initProcess.ending == nil, let cgroups = container.cgroups else {
            return connection.refuse(id, "signal", ESRCH, "the container does not run, or the host has no control groups")
        }
        answer("signal", id, connection) { () throws(ShimFailure) in
            do throws(SyscallError) {
                if signal == SIGKILL { return try cgroups.killAll(timeout: .seconds(10)) }
                for pid in try cgroups.processes() {
                    // One that has gone meanwhile needs no signal.
                    try? PidFD.open(pid).send(signal)
                }
            } catch {
                throw ShimFailure(step: "signal", error)
            }
        } success: {
        }
    }

    // MARK: Work in a child

    /// Runs `work` in a child; `completion` gets nil when it is done.
    func work(
        _ step: String, _ work: @escaping () throws(ShimFailure) -> Void, completion: @escaping (ShimFailure?) -> Void
    ) throws(ShimFailure) {
        try help(step, keeping: container.map { [$0.initProcess.process.descriptor] } ?? [], deadline: .seconds(30)) {
            () throws(ShimFailure) in
            try work()
            return (MakerReport(), [])
        } completion: { outcome in
            if case .failure(let failure) = outcome { completion(failure) } else { completion(nil) }
        }
    }

    /// Runs `work` in a child and replies.
    private func answer(
        _ step: String, _ id: UInt64, _ connection: ShimConnection, _ body: @escaping () throws(ShimFailure) -> Void,
        success: @escaping () -> Void
    ) {
        do throws(ShimFailure) {
            try work(step, body) { failure in
                if failure == nil { success() }
                connection.reply(failure.map { .failure($0) } ?? .done, to: id)
            }
        } catch {
            connection.reply(.failure(error), to: id)
        }
    }
}
