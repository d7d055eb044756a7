// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Shims and images that exist only in memory. A fake task ends when it is told to, or by the signals that end a process.

import Synchronization
import WharfBlocking
import WharfError
import WharfJSON
import WharfLinux
import WharfOCI
import WharfShimProtocol

@testable import WharfEngine

/// Makes fake tasks; remembers what it was asked.
final class FakeTaskService: TaskService {
    struct Tables {
        var tasks: [String: FakeTask] = [:]
        var requests: [TaskCreateRequest] = []
        var createFailure: TaskFailure?
        var startFailure: TaskFailure?
        var ignoresTerm = false
        var hangs = false
        var nextPID: Int32 = 100
        var leftovers: Set<String> = []
    }

    let tables = Mutex(Tables())

    func task(_ id: String) -> FakeTask? { tables.withLock { $0.tasks[id] } }
    var lastRequest: TaskCreateRequest? { tables.withLock { $0.requests.last } }

    func failCreate(_ failure: TaskFailure?) { tables.withLock { $0.createFailure = failure } }
    func failStart(_ failure: TaskFailure?) { tables.withLock { $0.startFailure = failure } }
    func ignoreTerm() { tables.withLock { $0.ignoresTerm = true } }
    /// Creates wait until they are cancelled.
    func hang(_ hangs: Bool) { tables.withLock { $0.hangs = hangs } }

    func create(_ request: TaskCreateRequest) async throws -> any ContainerTask {
        let hangs = tables.withLock { $0.hangs }
        if hangs {
            let never = AsyncStream<Void>.makeStream()
            for await _ in never.stream {}
            withExtendedLifetime(never.continuation) {}
            throw CancellationError()
        }
        return try tables.withLock { tables throws(TaskFailure) in
            tables.requests.append(request)
            if let failure = tables.createFailure { throw failure }
            tables.nextPID += 1
            let task = FakeTask(
                request.spec.containerID, pid: tables.nextPID, startFailure: tables.startFailure, ignoresTerm: tables.ignoresTerm)
            tables.tasks[request.spec.containerID] = task
            return task
        }
    }

    func leftovers() async -> [String] { tables.withLock { Array($0.leftovers) } }

    func removeLeftovers(of id: String) async { tables.withLock { _ = $0.leftovers.remove(id) } }

    func adopt() async -> [any ContainerTask] {
        tables.withLock { tables in
            tables.tasks = tables.tasks.filter { !$0.value.isGone }
            for task in tables.tasks.values { task.reconnect() }
            return Array(tables.tasks.values)
        }
    }
}

/// One shim that is not there.
final class FakeTask: ContainerTask {
    private struct State {
        var status = TaskState.Status.created
        var startedAt = Timestamp.zero
        var exit: ExitRecord?
        var stream: AsyncStream<TaskEvent>
        var continuation: AsyncStream<TaskEvent>.Continuation
        var unheard: [TaskEvent] = []
        var isHeard = true
        var isGone = false
        var signals: [Int32] = []
        var attaches: [AttachRequest] = []
        var execs: [ExecTaskRequest] = []
        var execFailure: TaskFailure?
        var updateFailure: TaskFailure?
        var shutdowns = 0
        var updates: [TaskResources] = []
        var updateWarnings: [String] = []
        /// nil is init.
        var acknowledged: [String?] = []
        /// Execs that were sent SIGKILL.
        var killedExecs: Set<String> = []
        var watchers: [OneShot<Void>] = []
    }

    let containerID: String
    let pid: Int32
    private let startFailure: TaskFailure?
    private let ignoresTerm: Bool
    private let state: Mutex<State>

    init(_ id: String, pid: Int32, startFailure: TaskFailure? = nil, ignoresTerm: Bool = false) {
        containerID = id
        self.pid = pid
        self.startFailure = startFailure
        self.ignoresTerm = ignoresTerm
        let (stream, continuation) = AsyncStream.makeStream(of: TaskEvent.self)
        state = Mutex(State(stream: stream, continuation: continuation))
    }

    var events: AsyncStream<TaskEvent> { state.withLock { $0.stream } }
    var signals: [Int32] { state.withLock { $0.signals } }
    var attaches: [AttachRequest] { state.withLock { $0.attaches } }
    var execs: [ExecTaskRequest] { state.withLock { $0.execs } }
    var isGone: Bool { state.withLock { $0.isGone } }
    var shutdowns: Int { state.withLock { $0.shutdowns } }
    var updates: [TaskResources] { state.withLock { $0.updates } }
    var acknowledged: [String?] { state.withLock { $0.acknowledged } }

    func warn(_ warnings: [String]) { state.withLock { $0.updateWarnings = warnings } }

    func failUpdate(_ failure: TaskFailure) { state.withLock { $0.updateFailure = failure } }
    func failExec(_ failure: TaskFailure) { state.withLock { $0.execFailure = failure } }

    // MARK: What happens in the shim

    func tell(_ event: TaskEvent) {
        state.withLock { state in
            if state.isHeard { state.continuation.yield(event) } else { state.unheard.append(event) }
        }
    }

    /// The process ends.
    func exit(_ code: Int32, at time: Timestamp = .now(), oom: Bool = false) {
        let record = ExitRecord(exitCode: code, signal: code > 128 ? code - 128 : 0, exitedAt: time, oomKilled: oom)
        let isNew = state.withLock { state in
            guard state.exit == nil else { return false }
            state.status = .stopped
            state.exit = record
            return true
        }
        if isNew { tell(.exited(process: nil, record)) }
    }

    /// kill -9 of the shim while the daemon listens.
    func die(_ record: ExitRecord = ExitRecord(exitCode: 137, signal: 9, exitedAt: .now(), error: "the container's shim died")) {
        tell(.shimDied(record))
        state.withLock {
            $0.isGone = true
            $0.continuation.finish()
        }
    }

    /// kill -9 of the shim while no daemon is there.
    func vanish() { state.withLock { $0.isGone = true } }

    /// The daemon is gone.
    func disconnect() {
        state.withLock { state in
            state.isHeard = false
            let (stream, continuation) = AsyncStream.makeStream(of: TaskEvent.self)
            // The old stream stays open: a dead daemon hears nothing, not an end.
            state.stream = stream
            state.continuation = continuation
        }
    }

    /// A daemon is there again and hears what it missed.
    func reconnect() {
        state.withLock { state in
            guard !state.isHeard else { return }
            state.isHeard = true
            for event in state.unheard { state.continuation.yield(event) }
            state.unheard = []
        }
    }

    // MARK: ContainerTask

    func start() async throws {
        if let startFailure { throw startFailure }
        state.withLock {
            $0.status = .running
            $0.startedAt = .now()
        }
    }

    func signal(_ signal: Int32, process: String?) async throws {
        if let process {
            state.withLock { _ = $0.killedExecs.insert(process) }
            return changed()
        }
        let ended = try state.withLock { state throws(TaskFailure) in
            if state.exit != nil || state.isGone { throw TaskFailure(step: "signal", errno: 3, text: "no such process") }
            state.signals.append(signal)
            return signal == 9 || signal == 15 && !ignoresTerm
        }
        if ended { exit(128 + signal) }
    }

    func signalAll(_ signal: Int32) async throws { if signal == 9 { exit(137) } }
    func resize(process: String?, rows: UInt16, columns: UInt16) async throws {}
    func attach(_ request: AttachRequest, _ connection: Descriptor) async throws { state.withLock { $0.attaches.append(request) } }
    func closeStdin(process: String?) async throws {}

    /// Waits until the shim has been asked for so many execs; the last one's id.
    func exec(number: Int) async throws -> String {
        try await until { $0.execs.count >= number }
        return state.withLock { $0.execs[number - 1].id }
    }

    /// Waits until an exec has been killed.
    func killed(_ exec: String) async throws { try await until { $0.killedExecs.contains(exec) } }

    private func until(_ isMet: @Sendable (State) -> Bool) async throws {
        while let change = state.withLock({ state -> OneShot<Void>? in
            if isMet(state) { return nil }
            state.watchers.append(OneShot())
            return state.watchers.last
        }) {
            try await withDeadline(.seconds(120), "something happens to the shim of \(self.containerID)") { try await change.value() }
        }
    }

    private func changed() {
        let watchers = state.withLock { state in
            defer { state.watchers = [] }
            return state.watchers
        }
        for watcher in watchers { watcher.deliver(.success(())) }
    }

    func exec(_ request: ExecTaskRequest) async throws -> Int32 {
        defer { changed() }
        return try state.withLock { state throws(TaskFailure) in
            state.execs.append(request)
            if let failure = state.execFailure { throw failure }
            return 4711
        }
    }

    func pause() async throws { state.withLock { $0.status = .paused } }
    func resume() async throws { state.withLock { $0.status = .running } }

    func update(_ resources: TaskResources) async throws -> [String] {
        try state.withLock { state throws(TaskFailure) in
            if let failure = state.updateFailure { throw failure }
            state.updates.append(resources)
            return state.updateWarnings
        }
    }

    func acknowledge(process: String?) { state.withLock { $0.acknowledged.append(process) } }

    func state() async throws -> TaskState {
        state.withLock { state in
            var told = TaskState()
            told.status = state.status
            told.processID = pid
            told.startedAt = state.startedAt
            told.exit = state.exit
            return told
        }
    }

    func shutdown() async {
        state.withLock {
            $0.shutdowns += 1
            $0.isGone = true
            $0.continuation.finish()
        }
    }
}

/// One image, and root file systems that are names.
final class FakeImages: ContainerImages {
    let driver = "overlay2"
    private let rootNames = Mutex<Set<String>>([])
    private let defaults: Mutex<ContainerDefaults>
    private let removeFailure = Mutex<WharfError?>(nil)
    static let imageID = "sha256:" + String(repeating: "ab", count: 32)

    init() {
        var defaults = ContainerDefaults()
        defaults.command = ["sh"]
        defaults.environment = ["PATH=/bin", "LANG=C"]
        defaults.labels = ["from": "image", "both": "image"]
        self.defaults = Mutex(defaults)
    }

    func change(_ change: (inout ContainerDefaults) -> Void) { defaults.withLock { change(&$0) } }
    func failRemove(_ error: WharfError?) { removeFailure.withLock { $0 = error } }
    func addRoot(_ id: String) { rootNames.withLock { _ = $0.insert(id) } }

    func id(of reference: String) -> String? { ["busybox", "busybox:latest", Self.imageID].contains(reference) ? Self.imageID : nil }

    func resolve(_ reference: String) async throws -> ContainerImage {
        guard reference == "busybox" || reference == "busybox:latest" || reference == Self.imageID else {
            throw WharfError(.notFound, "No such image: \(reference):latest")
        }
        return ContainerImage(id: Self.imageID, platform: "linux", defaults: defaults.withLock { $0 })
    }

    func prepareRoot(_ container: String, image: ContainerImage) async throws { addRoot(container) }

    func rootMounts(_ container: String) async throws -> [RootMount] {
        [RootMount(lower: ["/snapshots/1"], upper: "/snapshots/\(container)/fs", work: "/snapshots/\(container)/work")]
    }

    func removeRoot(_ container: String) async throws {
        if let error = removeFailure.withLock({ $0 }) { throw error }
        rootNames.withLock { _ = $0.remove(container) }
    }

    func rootSize(_ container: String, image: String) async throws -> (writable: Int64, total: Int64) { (100, 1100) }
    func roots() async throws -> [String] { rootNames.withLock { Array($0) } }
}
