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
        do throws(SyscallError) {
            try StartHandshake(start, in: loop) { [unowned self] failure in
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
            container.status = .starting
        } catch {
            connection.reply(.failure(ShimFailure(step: "start", error)), to: id)
        }
    }

    // MARK: Freezing

    func pause(id: UInt64, from connection: ShimConnection) {
        guard let container, case .running = container.status, let cgroups = container.cgroups else {
            return connection.refuse(id, "pause", EINVAL, "the container does not run, or the host has no control groups")
        }
        control("freezer", id, connection) { () throws(SyscallError) in
            try cgroups.freeze(timeout: .seconds(10))
        } success: {
            if case .running = container.status { container.status = .paused }
        }
    }

    func resume(id: UInt64, from connection: ShimConnection) {
        guard let container, case .paused = container.status, let cgroups = container.cgroups else {
            return connection.refuse(id, "resume", EINVAL, "the container is not paused")
        }
        control("freezer", id, connection) { () throws(SyscallError) in
            try cgroups.thaw()
        } success: {
            if case .paused = container.status { container.status = .running }
        }
    }

    /// A frozen process does not die of a kill before it is thawed (control groups version 1).
    func thawForKill() {
        guard let container, case .paused = container.status, let cgroups = container.cgroups else { return }
        control("freezer", nil, nil) { () throws(SyscallError) in
            try cgroups.thaw()
        } success: {
            if case .paused = container.status { container.status = .running }
        }
    }

    /// To every process of the container, the execs and their children included.
    func signalAll(_ signal: Int32, id: UInt64, from connection: ShimConnection) {
        guard let container, container.initProcess.ending == nil, let cgroups = container.cgroups else {
            return connection.refuse(id, "signal", ESRCH, "the container does not run, or the host has no control groups")
        }
        control("signal", id, connection) { () throws(SyscallError) in
            if signal == SIGKILL { return try cgroups.killAll(timeout: .seconds(10)) }
            for pid in try cgroups.processes() {
                // One that has gone meanwhile needs no signal.
                try? PidFD.open(pid).send(signal)
            }
        } success: {
        }
    }

    /// Runs a control group's work in a child and replies.
    private func control(
        _ step: String, _ id: UInt64?, _ connection: ShimConnection?, _ work: @escaping () throws(SyscallError) -> Void,
        success: @escaping () -> Void
    ) {
        do throws(ShimFailure) {
            try help(step, deadline: .seconds(30)) { () throws(ShimFailure) in
                do throws(SyscallError) {
                    try work()
                } catch {
                    throw ShimFailure(step: step, error)
                }
                return (MakerReport(), [])
            } completion: { outcome in
                switch outcome {
                case .success:
                    success()
                    if let id { connection?.reply(.done, to: id) }
                case .failure(let failure):
                    if let id { connection?.reply(.failure(failure), to: id) }
                }
            }
        } catch {
            if let id { connection?.reply(.failure(error), to: id) }
        }
    }
}
