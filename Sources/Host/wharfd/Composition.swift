// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The one place where the daemon is put together: by hand, in dependency order, each part given what it needs.

import Logging
import WharfAPI
import WharfBlocking
import WharfCgroups
import WharfEngine
import WharfError
import WharfHTTP
import WharfOutbound
import WharfImages
import WharfLinux
import WharfMetadata
import WharfRegistryClient
import WharfSQLite

/// The parts of a running daemon.
struct Composition {
    let engine: Engine
    let respond: HTTPResponder
    let maintenance: MaintenanceService
    let watchdog: WatchdogService
    private let tasks: ShimTaskService
    private let web: OutboundClient
    private let registries: RegistryClient
    private let blocking: Blocking
    private let database: Database
    /// An older copy of the database was opened, or an empty one: what it does not know must be kept.
    private let isDatabaseOld: Bool

    /// Opens and connects everything; nothing runs yet.
    ///
    /// - Throws: `WharfError` with what can't be opened.
    static func build(_ settings: DaemonSettings) async throws -> Composition {
        let blocking = Blocking()
        let facts = try await blocking.own { HostFacts.read() }

        // What lies on disk.
        let copies = DatabaseCopies(of: settings.root / "wharf.db")
        let opened = try await blocking.own {
            try opening("the database") { try copies.open(migrations: MetadataSchema.migrations) }
        }
        let database = opened.database
        let isDatabaseOld = opened.recovery != nil || opened.isNew
        let store = MetadataStore(database, logger: Logger(label: "metadata"))
        let identity = try await blocking.own { try opening("the engine's id") { try EngineID.readOrMake(settings.root) } }
        let registries = RegistryClient(settings: settings.registries, logger: Logger(label: "registries"))
        let imageStore = try await ImageStore.open(
            root: settings.root, metadata: store, blocking: blocking, isDatabaseOld: isDatabaseOld, registries: registries,
            settings: settings.images)

        // What runs.
        let (program, programPath) = try await blocking.own { try ShimProgram.open(settings.shim) }
        let initProgram = try await blocking.own { try InitProgram.find(settings.initProgram, beside: programPath) }
        let hierarchies = try await blocking.own { try opening("the control groups") { try CgroupHierarchies.current() } }
        let tasks = try opening("the tasks") {
            try ShimTaskService(
                execRoot: settings.execRoot, program: program.descriptor, bootID: facts.bootID,
                hasUnifiedCgroups: hierarchies.version == .v2,
                cgroups: HostCgroups(hierarchies: hierarchies), blocking: blocking, logger: Logger(label: "tasks"), initProgram: initProgram
            )
        }

        // What Docker does.
        let events = Events(store: store, blocking: blocking)
        let containers = try Containers(
            tasks: tasks, images: StoredContainerImages(imageStore), store: store, events: events, blocking: blocking, root: settings.root,
            host: facts, runtimes: settings.runtimes, groups: ContainerGroups(hierarchies), logDefaults: settings.logDefaults,
            outliveDaemon: settings.liveRestore,
            log: Logger(label: "containers"))
        var outbound = OutboundClient.Settings()
        outbound.proxies = settings.registries.proxies
        let web = OutboundClient(outbound)
        let images = Images(imageStore, containers: containers, openURL: RemoteArchives(client: web).open)
        let warnings = opened.recovery.map(Self.warning).map { [$0] } ?? []
        for warning in warnings { Logger(label: "wharfd").error("\(warning)") }
        let system = HostSystem(
            identity: .init(
                id: identity, version: Version.number, commit: "", buildTime: BuildTime.read(), root: settings.root.description,
                runtimePath: programPath.description),
            containers: containers, images: images, events: events, store: store, warnings: warnings)
        let engine = Engine(containers: containers, exec: Execs(containers), images: images, events: events, system: system)

        return Composition(
            engine: engine, respond: DockerAPI(engine: engine, version: Version.number, log: Logger(label: "api")).respond,
            maintenance: MaintenanceService(
                database: database, copies: copies, store: store, images: imageStore, blocking: blocking,
                containers: containers, logger: Logger(label: "maintenance")),
            watchdog: WatchdogService(root: settings.root, logger: Logger(label: "watchdog")), tasks: tasks, web: web,
            registries: registries, blocking: blocking,
            database: database, isDatabaseOld: isDatabaseOld)
    }

    /// Brings rows and running shims together; once, before anything is answered.
    func restore() async throws -> RestoreReport { try await engine.containers.restore(isDatabaseOld: isDatabaseOld) }

    /// Lets restart policies act. In the background: the API answers meanwhile.
    func resume() { engine.containers.resume() }

    /// Nothing is started any more, and where that was asked for all containers are stopped.
    func suspend(stopsContainers: Bool, within timeout: Duration) async {
        if stopsContainers { await engine.containers.shutdown(timeout: timeout) } else { engine.containers.suspend() }
    }

    /// Lets go of shims and files. Containers go on.
    func close() async {
        tasks.detach()
        await web.shutdown()
        await registries.shutdown()
        let database = database
        // What closing can't write is in the WAL, and read from there at the next start.
        try? await blocking.own { try database.close() }
        await blocking.shutdown()
    }

    private static func warning(_ recovery: DatabaseRecovery) -> String {
        let copy =
            recovery.copy.map { "a copy that is \($0.age / 60) minutes old was opened" } ?? "there was no copy, an empty one was made"
        let aside = recovery.setAside.map { " and was kept as \($0)" } ?? ""
        return "the database could not be read (\(recovery.reason))\(aside); \(copy)"
    }
}

/// Converts the errors of lower tiers once, at the daemon's start.
private func opening<Result>(_ what: String, _ body: () throws -> Result) throws(WharfError) -> Result {
    do { return try body() } catch let error as WharfError {
        throw error
    } catch let error as SyscallError {
        throw WharfError(nil, "open \(what)", error)
    } catch let error as SQLiteError {
        throw WharfError("open \(what)", error)
    } catch {
        throw WharfError(.internal, "open \(what): \(error)", cause: error)
    }
}
