// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The noun `containers`: what its verbs work with. Each verb is an extension in a file of its own. Mutating verbs of one
// container stand in one queue (`mutate`); inspect, list, logs, wait, attach and kill never stand in it.

public import Logging
public import WharfDockerAPI
public import WharfBlocking
import WharfError
public import WharfLinux
public import WharfMetadata

/// Containers: create, start, attach, wait, stop, remove and the rest of Docker's verbs.
public final class Containers: Sendable {
    let table = ContainerTable()
    let runs = ContainerRuns()
    let attaches = PendingAttaches()
    let execs = ExecTable()
    /// Watches log directories and slow clients.
    let reactor: ShimReactor
    let tasks: any TaskService
    let images: any ContainerImages
    let journal: Journal
    let blocking: Blocking
    let directory: ContainerDirectory
    let host: HostFacts
    let runtimes: RuntimeTable
    /// Where what containers use is read.
    let groups: ContainerGroups
    let log: Logger
    /// Who works on the files of one container.
    let fileKeys = KeyedLock("files")
    /// The log driver and options of containers that name none.
    let logDefaults: LogConfig
    /// They go on when the daemon ends, as info says.
    let outliveDaemon: Bool
    /// What restart policies and health probes go by.
    let clock: EngineClock
    /// Restarts that wait.
    let restarts = RestartSchedule()
    /// The probes of containers that run.
    let probes = HealthMonitors()
    /// Order of the mutating verbs of one container.
    private let keys = KeyedLock("container")
    /// Who changes the files of one container's log behind the shim.
    let logKeys = KeyedLock("log")

    /// - Parameters:
    ///   - root: the daemon's root directory, absolute; `containers/` below it is this noun's.
    ///   - host: what the machine offers, read once at start.
    ///   - runtimes: the OCI runtimes that containers may name.
    ///   - groups: the control groups that statistics are read from.
    ///   - logDefaults: the log driver and options of containers that name none.
    ///   - outliveDaemon: containers go on when the daemon ends.
    ///   - clock: what restart policies and health probes go by.
    public init(
        tasks: any TaskService, images: any ContainerImages, store: MetadataStore, events: Events, blocking: Blocking,
        root: HostPath, host: HostFacts, runtimes: RuntimeTable = .standard, groups: ContainerGroups = .none,
        logDefaults: LogConfig = LogConfig(type: "json-file"), outliveDaemon: Bool = true,
        clock: EngineClock = .system, log: Logger
    ) throws {
        self.tasks = tasks
        self.images = images
        self.blocking = blocking
        self.host = host
        self.runtimes = runtimes
        self.groups = groups
        self.log = log
        self.clock = clock
        self.logDefaults = logDefaults
        self.outliveDaemon = outliveDaemon
        journal = Journal(store: store, events: events, blocking: blocking)
        directory = try ContainerDirectory(root: root)
        reactor = try ShimReactor()
    }

    /// Runs a mutating verb in the container's queue.
    ///
    /// In a task of its own: a client that goes away does not stop half a verb.
    ///
    /// - Parameter deadline: how long to stand in the queue.
    func mutate<Result: Sendable>(
        _ id: String, deadline: Duration? = .seconds(120), _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await Task { [keys] in
            try await keys.withKey(id, deadline: deadline) { try await body() }
        }.value
    }

    /// Whether a mutating verb works on the container now.
    func isBusy(_ id: String) -> Bool { keys.isHeld(id) }

    /// Lets an event happen and carries out what follows.
    ///
    /// - Returns: the record behind the event; nil when the container is gone.
    @discardableResult
    func apply(_ id: String, _ event: ContainerEvent) async -> ContainerRecord? {
        guard let (record, actions) = table.transition(id, event) else { return nil }
        await carryOut(actions, record)
        return record
    }
}
