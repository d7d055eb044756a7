// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The end of processes, in its order: reaped, last output read, container emptied, record on disk, told.

import Glibc
import WharfCgroups
import WharfLinux
import WharfShimProtocol

extension Shim {
    /// How long output may still come when no process is left that could write it.
    private static let lateOutput = Duration.seconds(1)

    /// How long the end of an exec's output may come before the end of the exec.
    private static let reapTime = Duration.milliseconds(100)

    /// How long a daemon may take to say that it has written an exit down, before the shim sees to the disk itself.
    private static let acknowledgement = Duration.seconds(5)

    /// A process has been reaped.
    func processEnded(_ process: TaskProcess) {
        guard let container else { return }
        if process === container.initProcess { return initEnded(container) }
        if process.isComplete { return tellExec(process, of: container) }
        // A background child of the exec may hold its output open for as long as the container lives.
        loop.after(Self.lateOutput) { [weak self, weak process] in
            if let process { process.streams?.abandon() }
            self?.concludeIfComplete()
        }
    }

    /// Every output of a process has reached its end.
    func processIsSilent(_ process: TaskProcess) {
        guard let container, process !== container.initProcess else {
            process.streams?.endClients()
            return concludeIfComplete()
        }
        if process.isComplete {
            tellExec(process, of: container)
        } else {
            // It is about to be reaped, unless it only closed its outputs: then its clients do not wait for it. One that has
            // ended is its maker's child until the maker has ended too, which on a busy machine takes its time.
            loop.after(Self.reapTime) { [weak process] in
                guard let process, !process.isEnding else { return }
                process.streams?.endClients()
            }
        }
        concludeIfComplete()
    }

    private func tellExec(_ process: TaskProcess, of container: Container) {
        guard process.record == nil else { return }
        let record = process.makeRecord()
        process.record = record
        tell(.exited(process: process.id, record))
        for (connection, id) in process.waiters { connection.reply(.exit(record), to: id) }
        process.waiters = []
        // Behind the news: who sees the end of an exec's output asks the daemon for its code next.
        process.streams?.endClients()
        keepForClients(process)
        // It is kept until a daemon has written it down; one of version 1 only hears it, and that must do.
        if isHeard, !connections.contains(where: \.acknowledges) { container.execs[process.id] = nil }
    }

    // MARK: Init

    private func initEnded(_ container: Container) {
        if container.stopWatchingMemory() { tell(.outOfMemory) }
        for exec in container.execs.values { exec.streams?.drain() }
        guard let cgroups = container.cgroups else {
            container.isSwept = true
            return emptied(container)
        }
        // With a pid namespace of its own everything died with init; then the exit need not wait for the sweep.
        let leftovers = try? cgroups.processes()
        if let leftovers, leftovers.isEmpty { emptied(container) }
        let (runtime, target) = (container.runtime.runtime, container.target)
        do throws(ShimFailure) {
            try help("sweeper", deadline: .seconds(30)) { () throws(ShimFailure) in
                try runtime.delete(target)
                return (MakerReport(), [])
            } completion: { [unowned self] _ in
                // What could not be removed is left to the daemon's reconciler, which knows the container's id.
                swept(container)
            }
        } catch {
            swept(container)
        }
    }

    private func swept(_ container: Container) {
        container.isSwept = true
        if case .stopped(var stopped) = phase {
            stopped.isSwept = true
            phase = .stopped(stopped)
            finishShutdown()
        } else if !container.isEmptied {
            emptied(container)
        }
    }

    private func emptied(_ container: Container) {
        container.isEmptied = true
        reap()
        loop.after(Self.lateOutput) { [weak self, weak container] in
            container?.isOutOfTime = true
            self?.concludeIfComplete()
        }
        concludeIfComplete()
    }

    /// Ends the container when nothing more can come: init ended, nobody left, output read or its time over.
    func concludeIfComplete() {
        guard let container, container.initProcess.ending != nil, container.isEmptied else { return }
        if case .starting = container.status { return }
        let processes = [container.initProcess] + container.execs.values
        guard container.isOutOfTime || (processes.allSatisfy(\.isComplete) && container.execsBeingMade.isEmpty) else { return }
        conclude(container)
    }

    private func conclude(_ container: Container) {
        for exec in container.execs.values where exec.record == nil {
            exec.streams?.abandon()
            tellExec(exec, of: container)
        }
        let process = container.initProcess
        let state = state
        var record = process.makeRecord(oomKilled: container.wasOutOfMemory)
        (record.memoryPeak, record.memoryLimit) = (container.memoryPeak, container.memoryLimit)
        // A daemon that says when it has written the exit down spares the wait for the disk; `makeExitSafe` sees to the rest.
        let waits = !connections.contains(where: \.acknowledges)
        // From here on the container is no longer live, so that the end of its output starts nothing anew.
        phase = .stopped(
            Stopped(
                record: record, state: stopped(state, record), isSwept: container.isSwept, exitPath: container.exitPath, isSafe: waits))
        process.streams?.abandon()
        do throws(SyscallError) {
            try ExitFile.write(record, to: container.exitPath, durable: waits)
        } catch {
            // The daemon still hears it, and asks for the state when it comes back.
            report("exit record \(container.exitPath): \(error)")
        }
        tell(.exited(process: "", record))
        for (connection, id) in process.waiters { connection.reply(.exit(record), to: id) }
        process.waiters = []
        keepForClients(process)
        releaseFreeMemory()
        loop.after(Self.acknowledgement) { [weak self] in self?.makeExitSafe() }
    }

    private func stopped(_ before: TaskState, _ record: ExitRecord) -> TaskState {
        var state = before
        state.status = .stopped
        state.exit = record
        return state
    }

    /// Waits for the disk to have the exit record, unless a daemon has said that its own has it.
    func makeExitSafe() {
        guard case .stopped(var stopped) = phase, !stopped.isSafe else { return }
        do throws(SyscallError) {
            try ExitFile.sync(stopped.exitPath)
            stopped.isSafe = true
            phase = .stopped(stopped)
        } catch {
            report("exit record \(stopped.exitPath): \(error)")
        }
    }

    // MARK: Clients that have not taken everything

    private func keepForClients(_ process: TaskProcess) {
        if let streams = process.streams, streams.hasClients { lingering.append(streams) }
        process.streams = nil
    }

    func dropIdleStreams() {
        lingering.removeAll { !$0.hasClients }
        if lingering.isEmpty, endsWhenDrained { loop.stop() }
    }
}
