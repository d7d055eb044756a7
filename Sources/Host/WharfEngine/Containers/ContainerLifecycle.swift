// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The state machine of a container: an event goes in, the actions that follow come out. No I/O, no clock, no lock,
// so that its whole table is tested alone. The verbs ask it what is legal; `ContainerTransitions` carries out what
// it answers.
//
//     created --started--> running --exited/lost--> exited --started--> running …
//        \                    |paused/resumed| \        \
//         \                                    `--> restarting --started--> running, or --restartCancelled--> exited
//         `--- removalBegan --+--- (after the exit) -----+--> removing --removed
//                                                              \--removalFailed--> dead --removalBegan--> removing

import WharfError
import WharfJSON

/// What happens to a container.
enum ContainerEvent: Sendable, Equatable {
    /// The process runs.
    case started(pid: Int32, at: Timestamp, bootID: String)
    /// No process came of a start.
    case startFailed(ContainerRunState.StartFailure)
    /// A daemon that came back found the process alive.
    case found(pid: Int32, startedAt: Timestamp, isPaused: Bool, bootID: String)
    /// The process ended and its shim said how.
    case exited(ContainerExitReport)
    /// The kernel killed a process of it for want of memory.
    case oom
    case paused
    case resumed
    /// A person does not want what the restart policy wants.
    case restartCancelled
    case removalBegan
    case removalFailed(String)
}

/// How a process ended, in the shim's words or in its name.
struct ContainerExitReport: Sendable, Equatable {
    var exitCode: Int32
    var exitedAt: Timestamp
    var wasOOMKilled: Bool
    /// Empty when the process just exited.
    var error: String
    /// The start, where the record missed it because the daemon died in between.
    var startedAt: Timestamp? = nil
    /// How long it ran, where a monotonic clock saw both ends.
    var ran: Duration? = nil
    /// The signal that ended it, 0 where there was none.
    var signal: Int32 = 0
    /// Bytes, where it ended for want of memory and its shim could look: the most that it used, and what it was allowed.
    var memoryPeak: UInt64 = 0
    var memoryLimit: UInt64 = 0
}

/// What must follow a change of state, in this order.
enum ContainerAction: Sendable, Equatable {
    /// Write the record. `durable`: the news must survive a power cut.
    case persist(durable: Bool)
    /// Tell those who listen to events.
    case publish(action: String, attributes: [String: String])
    /// Wake who waits for `not-running` and `next-exit`.
    case settleExit(code: Int32)
    /// Tell who waits for `removed` that it will not come.
    case settleRemoval(error: String)
    /// Give back what the run held: shim, bundle, execs, attaches that wait.
    case releaseRun
    /// The restart policy starts it again after this time.
    case restart(after: Duration)
    /// Write down why it ended.
    case explain
    /// The user asked for `--rm`.
    case removeContainer
}

/// One container's state and what it may do next.
struct ContainerLifecycle: Sendable, Equatable {
    private(set) var state: ContainerRunState
    /// `--rm`.
    let removesItself: Bool
    /// What the restart policy knows; an exit moves it on.
    private(set) var restarts: RestartPlan

    init(state: ContainerRunState, removesItself: Bool, restarts: RestartPlan = RestartPlan()) {
        self.state = state
        self.removesItself = removesItself
        self.restarts = restarts
    }

    /// The start is legal now.
    ///
    /// - Throws: `notModified` when it runs, `conflict` when paused or on its way out.
    ///
    /// - Parameter byPolicy: the restart policy asks; for it a container that waits for its restart does not run.
    func checkStart(byPolicy: Bool = false) throws(WharfError) {
        switch state {
        case .created, .exited: return
        case .restarting where byPolicy: return
        case .running(let running) where running.isPaused:
            throw WharfError(.conflict, "cannot start a paused container, try unpause instead")
        case .running, .restarting: throw WharfError(.notModified, "container is already running")
        case .removing, .dead: throw WharfError(.conflict, "container is marked for removal and cannot be started")
        }
    }

    /// A removal is legal now.
    ///
    /// - Throws: `conflict` when it runs and `force` is false, or another removal is under way.
    func checkRemove(force: Bool, id: String) throws(WharfError) {
        switch state {
        case .created, .exited, .dead: return
        case .running(let running):
            if force { return }
            let reason =
                running.isPaused
                ? "container is paused and must be unpaused first"
                : "container is running: stop the container before removing or force remove"
            throw WharfError(.conflict, reason)
        case .restarting:
            if force { return }
            throw WharfError(.conflict, "container is restarting: stop the container before removing or force remove")
        case .removing: throw WharfError(.conflict, "removal of container \(id) is already in progress")
        }
    }

    /// Takes an event in.
    ///
    /// An event that can't happen in the present state (an exit told twice, a pause that lost against the exit)
    /// changes nothing and asks for nothing: that is what makes `die` appear exactly once.
    mutating func handle(_ event: ContainerEvent) -> [ContainerAction] {
        switch event {
        case .started(let pid, let at, let bootID):
            return started(pid: pid, at: at, bootID: bootID)
        case .startFailed(let failure):
            return startFailed(failure)
        case .found(let pid, let startedAt, let isPaused, let bootID):
            return found(.init(pid: pid, startedAt: startedAt, isPaused: isPaused, bootID: bootID))
        case .exited(let report):
            return exited(report)
        case .oom:
            guard case .running(var running) = state else { return [] }
            running.sawOOM = true
            state = .running(running)
            return [.persist(durable: false), .publish(action: "oom", attributes: [:])]
        case .paused:
            return setPaused(true)
        case .resumed:
            return setPaused(false)
        case .restartCancelled:
            guard case .restarting(let exited) = state else { return [] }
            state = .exited(exited)
            return [.persist(durable: true), .settleExit(code: exited.exitCode)]
        case .removalBegan:
            guard !state.isActive else { return [] }
            state = .removing(state.lastExit)
            return [.persist(durable: !removesItself)]
        case .removalFailed(let text):
            guard case .removing(let last) = state else { return [] }
            state = .dead(.init(last: last, error: text))
            return [.persist(durable: true), .settleRemoval(error: text)]
        }
    }

    private mutating func started(pid: Int32, at: Timestamp, bootID: String) -> [ContainerAction] {
        switch state {
        case .created, .exited, .restarting:
            state = .running(.init(pid: pid, startedAt: at, bootID: bootID))
            return [.persist(durable: false), .publish(action: "start", attributes: [:])]
        case .running, .removing, .dead:
            return []
        }
    }

    /// A container that ran before keeps its times: only the code and the reason are new (as Docker's SetExitCode).
    private mutating func startFailed(_ failure: ContainerRunState.StartFailure) -> [ContainerAction] {
        switch state {
        case .created:
            state = .created(failure)
        case .exited(var exited):
            exited.exitCode = failure.exitCode
            exited.error = failure.error
            state = .exited(exited)
        case .restarting(var exited):
            // The policy gives up, as Docker's does.
            exited.exitCode = failure.exitCode
            exited.error = failure.error
            state = .exited(exited)
            return [.persist(durable: true), .settleExit(code: failure.exitCode)]
        case .running, .removing, .dead:
            return []
        }
        return [.persist(durable: true)] + (removesItself ? [.removeContainer] : [])
    }

    private mutating func found(_ running: ContainerRunState.Running) -> [ContainerAction] {
        switch state {
        case .running(let known):
            var merged = running
            merged.sawOOM = known.sawOOM
            state = .running(merged)
            return merged == known ? [] : [.persist(durable: false)]
        case .created, .exited, .restarting:
            // The daemon died between the start and the row that tells of it.
            state = .running(running)
            return [.persist(durable: false), .publish(action: "start", attributes: [:])]
        case .removing, .dead:
            return []
        }
    }

    private mutating func exited(_ report: ContainerExitReport) -> [ContainerAction] {
        guard case .running(let running) = state else { return [] }
        let startedAt = report.startedAt ?? running.startedAt
        var exited = ContainerRunState.Exited(
            exitCode: report.exitCode, startedAt: startedAt, finishedAt: report.exitedAt,
            wasOOMKilled: report.wasOOMKilled || running.sawOOM && report.exitCode == 137, error: report.error)
        exited.signal = report.signal
        (exited.memoryPeak, exited.memoryLimit) = (report.memoryPeak, report.memoryLimit)
        let duration = max(0, report.exitedAt.seconds - startedAt.seconds)
        let delay = restarts.next(afterExit: report.exitCode, ran: report.ran ?? report.exitedAt.elapsed(since: startedAt))
        state = delay == nil ? .exited(exited) : .restarting(exited)
        return [
            .persist(durable: !removesItself),
            .publish(action: "die", attributes: ["exitCode": String(report.exitCode), "execDuration": String(duration)]),
            .releaseRun,
            .settleExit(code: report.exitCode),
            .explain,
        ] + (delay.map { [.restart(after: $0)] } ?? []) + (removesItself ? [.removeContainer] : [])
    }

    private mutating func setPaused(_ paused: Bool) -> [ContainerAction] {
        guard case .running(var running) = state, running.isPaused != paused else { return [] }
        running.isPaused = paused
        state = .running(running)
        return [.persist(durable: false), .publish(action: paused ? "pause" : "unpause", attributes: [:])]
    }
}
