// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `POST /containers/x/start`, as a table of contents: each step says how it is undone. A stop or a forced removal calls
// a start off between two steps.

import Logging
import WharfBlocking
import WharfDockerAPI
import WharfError
import WharfJSON
import WharfLinux
import WharfShimProtocol

extension Containers {
    /// Starts a container.
    ///
    /// - Throws: `notModified` when it runs, `conflict` when paused or on its way out, `invalidArgument` with Docker's
    ///   text when its program can't be run (127, 126), `internal` for anything else on the way.
    public func start(_ reference: String) async throws {
        let id = try table.resolve(reference).id
        try await mutate(id) { [self] in try await startHeld(id) }
    }

    /// The start itself; the caller holds the key.
    ///
    /// - Parameter byPolicy: the restart policy starts it, not a person: what it counts is kept.
    func startHeld(_ id: String, byPolicy: Bool = false) async throws {
        guard var record = table.record(id) else { throw WharfError(.notFound, "No such container: \(id)") }
        try ContainerLifecycle(record).checkStart(byPolicy: byPolicy)
        // A run that just ended may still be giving its shim back.
        await runs.settled(id)
        if !byPolicy { record = table.update(id) { $0.beginAnew() } ?? record }
        let final = record
        let work = Task { [self] in try await makeTask(final) }
        runs.began(start: id) { work.cancel() }
        let outcome = await work.result
        defer { runs.ended(start: id) }
        switch outcome {
        case .success(let (task, startedAt)):
            if byPolicy, table.record(id)?.state.isRestarting != true { return await callOff(task) }
            await started(record, task, at: startedAt)
        case .failure(let error):
            throw await startFailed(record, error)
        }
    }

    /// A kill came while the restart policy's start was at its last step.
    private func callOff(_ task: any ContainerTask) async {
        // ESRCH: it has ended by itself; shutdown sees to the rest.
        try? await task.signalAll(9)
        await task.shutdown()
    }

    /// The steps up to a process that runs.
    private func makeTask(_ record: ContainerRecord) async throws -> (task: any ContainerTask, startedAt: Timestamp) {
        let id = record.id
        return try await Steps.run(undoFailed: { [log] in Self.undoFailed(log, id, $0, $1) }) { steps in
            try await steps.step("mount sources") { try await makeBindSources(record.mounts) }
            try await steps.step("files") { try await writeFiles(record) }
            // Who still reads the files of the last run has its root file system mounted.
            try await steps.step("files in use") { try await fileKeys.withKey(id, deadline: .seconds(120)) {} }
            let mounts = try await steps.step("root") { try await images.rootMounts(id) }
            let task = try await steps.step("task") {
                try await tasks.create(try taskRequest(record, rootMounts: mounts))
            } undo: { task in
                await task.shutdown()
            }
            let startedAt = Timestamp.now()
            try await steps.step("start") { try await task.start() }
            return (task, startedAt)
        }
    }

    private func taskRequest(_ record: ContainerRecord, rootMounts: [RootMount]) throws -> TaskCreateRequest {
        var record = record
        // What this host can't limit, though the one on which it was created could.
        var validation = ContainerValidation(host: host)
        try validation.checkResources(&record.hostConfig.resources)
        let spec = try TaskSpec(record, directory: directory, joins: joins(record.hostConfig))
        var request = TaskCreateRequest(spec: spec, rootMounts: rootMounts, exitPath: directory.exit(record.id).description)
        request.rows = record.hostConfig.consoleSize.height
        request.columns = record.hostConfig.consoleSize.width
        request.openStdin = record.config.openStdin
        request.stdinOnce = record.config.stdinOnce
        request.log = try LogDrivers.driver(record.hostConfig.logConfig.type).target(record, directory)
        if request.log.driver != .none { request.log.bufferSize = try LogMode(record.hostConfig.logConfig).bufferSize ?? 0 }
        request.runtime = try runtimes.runtime(named: record.hostConfig.runtime)
        request.attaches = attaches.takeAll(record.id)
        return request
    }

    /// The process runs: state, row, event, and only then its news, so that `die` never comes before `start`.
    private func started(_ record: ContainerRecord, _ task: any ContainerTask, at startedAt: Timestamp) async {
        runs.insert(task, at: clock.now())
        openHealth(record.id, record.config)
        await apply(record.id, .started(pid: task.pid, at: startedAt, bootID: host.bootID))
        watch(task)
        watchHealth(record.id)
        // Who attached between the create message and the change of state.
        for attach in attaches.takeAll(record.id) { await hand(attach, to: task) }
    }

    /// No process came of it: Docker's text and code, the state, and `--rm`.
    private func startFailed(_ record: ContainerRecord, _ error: any Error) async -> WharfError {
        let failure = StartFailureText(error, program: record.path)
        // Their output ends here, as for a container that exits at once.
        _ = attaches.takeAll(record.id)
        let lifecycle = ContainerRunState.StartFailure(exitCode: failure.exitCode, error: failure.error.message)
        if let (record, actions) = table.transition(record.id, .startFailed(lifecycle)) {
            await carryOut(actions.filter { $0 != .removeContainer }, record)
            if actions.contains(.removeContainer) {
                do {
                    try await removeHeld(record.id, options: .init(force: true, volumes: true))
                } catch {
                    log.error("a container that did not start is still there", metadata: ["id": "\(record.id)", "error": "\(error)"])
                }
            }
        }
        return failure.error
    }

    static func undoFailed(_ log: Logger, _ id: String, _ step: String, _ error: any Error) {
        log.error("a step could not be undone", metadata: ["id": "\(id)", "step": "\(step)", "error": "\(error)"])
    }
}

extension ContainerLifecycle {
    init(_ record: ContainerRecord) {
        self.init(state: record.state, removesItself: record.hostConfig.autoRemove, restarts: RestartPlan(record))
    }
}

extension ContainerRecord {
    /// A person starts it: what policies counted and who ended it before does not matter any more.
    mutating func beginAnew() {
        restartCount = 0
        restartDelay = .zero
        exitsForGood = false
        wasStoppedByHand = false
    }
}
