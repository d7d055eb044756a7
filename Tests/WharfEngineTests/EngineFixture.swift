// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The whole engine without root: a real database in a folder of its own, and fakes where shims and images would be.
// `reopen` is a daemon that was killed and comes back on the same folder.

import Logging
import Synchronization
import Testing
import WharfBlocking
import WharfDockerAPI
import WharfError
import WharfJSON
import WharfLinux
import WharfMetadata
import WharfSQLite

@testable import WharfEngine

/// One engine on one folder.
final class EngineFixture: Sendable {
    let folder: HostPath
    let store: MetadataStore
    let events: Events
    let tasks: FakeTaskService
    let images: FakeImages
    let containers: Containers
    let execs: Execs
    let blocking: Blocking
    private let ownsFolder: Bool

    init(
        folder: HostPath? = nil, tasks: FakeTaskService = FakeTaskService(), images: FakeImages = FakeImages(), host: HostFacts = .example,
        groups: ContainerGroups = .none, clock: EngineClock = .system
    ) throws {
        ownsFolder = folder == nil
        if let folder {
            self.folder = folder
        } else {
            self.folder = HostPath("/tmp/wharf-engine-\(UInt64.random(in: 0 ... .max))")
            try self.folder.mkdir(permissions: 0o700)
        }
        self.tasks = tasks
        self.images = images
        blocking = Blocking(ownThreads: 2)
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        store = try MetadataStore(path: (self.folder / "wharf.db").description, logger: quiet)
        events = Events(store: store, blocking: blocking)
        containers = try Containers(
            tasks: tasks, images: images, store: store, events: events, blocking: blocking, root: self.folder, host: host, groups: groups,
            clock: clock,
            log: quiet)
        execs = Execs(containers)
    }

    /// The next daemon on the same folder. The shims are those of `tasks`.
    func reopened(tasks: FakeTaskService? = nil, host: HostFacts = .example, clock: EngineClock = .system) throws -> EngineFixture {
        try EngineFixture(folder: folder, tasks: tasks ?? self.tasks, images: images, host: host, clock: clock)
    }

    deinit {
        // A test's folder; what is left of it harms nobody.
        if ownsFolder { try? folder.removeTree() }
    }

    // MARK: Short ways

    func request(_ change: (inout ContainerConfig, inout HostConfig) -> Void = { _, _ in }) -> ContainerCreateRequest {
        var config = ContainerConfig()
        config.image = "busybox"
        config.cmd = ["sleep", "9"]
        var host = HostConfig()
        host.networkMode = "none"
        change(&config, &host)
        return ContainerCreateRequest(config: config, hostConfig: host)
    }

    func create(
        _ name: String? = nil, _ change: (inout ContainerConfig, inout HostConfig) -> Void = { _, _ in }
    ) async throws -> String {
        try await containers.create(request(change), name: name).id
    }

    /// Created and started.
    func run(
        _ name: String? = nil, _ change: (inout ContainerConfig, inout HostConfig) -> Void = { _, _ in }
    ) async throws -> (id: String, task: FakeTask) {
        let id = try await create(name, change)
        try await containers.start(id)
        return (id, try #require(tasks.task(id)))
    }

    /// The actions of all events so far, of one container.
    func actions(of id: String) async throws -> [String] {
        try await news(of: id).map(\.action)
    }

    func news(of id: String) async throws -> [EngineEvent] {
        try await blocking.own { [store] in
            try store.read { try $0.events(after: 0, limit: 10_000) }.map { try JSON.decode(EngineEvent.self, from: $0.document) }
        }.filter { $0.id == id }
    }

    /// Waits until an event is in the table.
    func happened(_ action: String, _ id: String, times: Int = 1) async throws {
        let stream = try await events.subscribe(since: Timestamp(seconds: 0))
        let seen = Counter()
        let watcher = Task {
            try await stream.run { event in
                if event.action == action, event.actor.id == id, seen.increment() == times { throw Found() }
            }
        }
        do {
            try await withDeadline(.seconds(120), "event \(action)") {
                try await withTaskCancellationHandler {
                    do { try await watcher.value } catch is Found {}
                } onCancel: {
                    watcher.cancel()
                }
            }
        } catch {
            Issue.record("no event \(action) of \(id): \(error)")
        }
    }

    private struct Found: Error {}
}

/// Counts.
final class Counter: Sendable {
    private let value = Mutex(0)
    func increment() -> Int {
        value.withLock {
            $0 += 1
            return $0
        }
    }
}

extension HostFacts {
    /// A host that has everything, with two processors.
    static var example: HostFacts {
        var facts = HostFacts()
        facts.bootID = "boot-1"
        facts.hostname = "host.example"
        facts.processors = 2
        facts.memory = 4 << 30
        facts.machine = "x86_64"
        facts.cgroups = .all(isUnified: false)
        return facts
    }
}

/// The error that the body must throw.
func failure(_ code: WharfError.Code, _ body: () async throws -> Void, sourceLocation: SourceLocation = #_sourceLocation) async -> String {
    do {
        try await body()
        Issue.record("nothing was thrown", sourceLocation: sourceLocation)
    } catch let error as WharfError {
        #expect(error.code == code, "\(error.message)", sourceLocation: sourceLocation)
        return error.message
    } catch {
        Issue.record("another error: \(error)", sourceLocation: sourceLocation)
    }
    return ""
}
