// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// An engine that does nothing but write down what it was asked, or fail as told.

import Synchronization
import WharfDockerAPI
import WharfEngine
import WharfError
import WharfHTTP
import WharfJSON

@testable import WharfAPI

/// What every fake shares: the calls, in order, and the error to throw.
final class Calls: Sendable {
    private let state = Mutex<(list: [String], error: WharfError?)>(([], nil))

    var list: [String] { state.withLock { $0.list } }

    func fail(with error: WharfError?) { state.withLock { $0.error = error } }

    func record(_ call: String) throws {
        let error = state.withLock { state in
            state.list.append(call)
            return state.error
        }
        if let error { throw error }
    }
}

struct FakeSession: ConnectionSession {
    let isTTY: Bool
    func run(_ connection: HTTPHijackedConnection) async {}
}

struct FakeLog: LogSource {
    let isTTY: Bool
    func run(_ write: @Sendable ([UInt8]) async throws -> Void) async throws { try await write(Array("a line\n".utf8)) }
}

struct FakeExit: ExitWaiting {
    let answer: Result<ContainerWaitResponse, WharfError>
    func value() async throws -> ContainerWaitResponse { try answer.get() }
}

struct FakeEvents: EventBackend, EventSource {
    let calls: Calls

    func subscribe(since: Timestamp?, until: Timestamp?, filters: Filters, cursor: Int64?) async throws -> FakeEvents {
        try calls.record("events \(since?.rfc3339 ?? "-") \(until?.rfc3339 ?? "-")")
        return self
    }

    func run(_ write: @Sendable (EventMessage) async throws -> Void) async throws {
        for action in ["create", "start"] {
            var message = EventMessage()
            message.type = "container"
            message.action = action
            try await write(message)
        }
    }
}

struct FakeContainers: ContainerBackend, ContainerStreamBackend {
    let calls: Calls
    var isTTY = false
    var exit: Result<ContainerWaitResponse, WharfError> = .success(ContainerWaitResponse(error: nil, statusCode: 7))

    func list(_ options: ContainerListOptions) async throws -> [ContainerSummary] {
        try calls.record("list all=\(options.all) limit=\(options.limit)")
        var summary = ContainerSummary()
        summary.id = String(repeating: "0a", count: 32)
        summary.names = ["/brave_fake"]
        summary.image = "busybox"
        summary.command = "sh"
        summary.state = "running"
        summary.status = "Up 2 minutes"
        return [summary]
    }

    func create(_ request: ContainerCreateRequest, name: String?) async throws -> ContainerCreateResponse {
        try calls.record("create \(name ?? "-") \(request.config.image) \(request.config.cmd ?? []) tty=\(request.config.tty)")
        return ContainerCreateResponse(id: "0a0a")
    }

    func inspect(_ reference: String, size: Bool) async throws -> ContainerInspect {
        try calls.record("inspect \(reference) size=\(size)")
        return ContainerInspect()
    }

    func start(_ reference: String) async throws { try calls.record("start \(reference)") }

    func stop(_ reference: String, options: ContainerStopOptions) async throws {
        try calls.record("stop \(reference) \(options.signal) \(options.timeoutSeconds.map(String.init) ?? "-")")
    }

    func restart(_ reference: String, options: ContainerStopOptions) async throws { try calls.record("restart \(reference)") }

    func kill(_ reference: String, signal: String) async throws { try calls.record("kill \(reference) \(signal)") }

    func pause(_ reference: String) async throws { try calls.record("pause \(reference)") }

    func unpause(_ reference: String) async throws { try calls.record("unpause \(reference)") }

    func rename(_ reference: String, to newName: String) async throws { try calls.record("rename \(reference) \(newName)") }

    func resize(_ reference: String, rows: UInt16, columns: UInt16) async throws {
        try calls.record("resize \(reference) \(rows)x\(columns)")
    }

    func update(_ reference: String, _ request: ContainerUpdateRequest) async throws -> ContainerUpdateResponse {
        try calls.record("update \(reference) shares=\(request.resources.cpuShares) policy=\(request.restartPolicy.name)")
        return ContainerUpdateResponse(warnings: ["mind the gap"])
    }

    func remove(_ reference: String, options: ContainerRemoveOptions) async throws {
        try calls.record("remove \(reference) force=\(options.force) volumes=\(options.volumes) link=\(options.link)")
    }

    func attach(_ reference: String, options: ContainerAttachOptions) async throws -> FakeSession {
        try calls.record("attach \(reference) stdin=\(options.stdin) stream=\(options.stream) keys=\(options.detachKeys)")
        return FakeSession(isTTY: isTTY)
    }

    func logs(_ reference: String, options: ContainerLogsOptions) async throws -> FakeLog {
        let since = options.since.map { "\($0.seconds).\($0.nanoseconds)" } ?? "-"
        try calls.record("logs \(reference) follow=\(options.follow) tail=\(options.tail.map(String.init) ?? "all") since=\(since)")
        return FakeLog(isTTY: isTTY)
    }

    func wait(_ reference: String, condition: WaitCondition) throws -> FakeExit {
        try calls.record("wait \(reference) \(condition.rawValue)")
        return FakeExit(answer: exit)
    }
}

struct FakeExecs: ExecBackend {
    let calls: Calls

    func create(_ reference: String, _ request: ExecCreateRequest) async throws -> ExecCreateResponse {
        try calls.record("exec create \(reference) \(request.cmd ?? [])")
        return ExecCreateResponse(id: "e1")
    }

    func start(_ id: String, _ request: ExecStartRequest) async throws -> FakeSession {
        try calls.record("exec start \(id)")
        return FakeSession(isTTY: request.tty)
    }

    func startDetached(_ id: String, _ request: ExecStartRequest) async throws { try calls.record("exec detached \(id)") }

    func resize(_ id: String, rows: UInt16, columns: UInt16) async throws { try calls.record("exec resize \(id) \(rows)x\(columns)") }

    func inspect(_ id: String) throws -> ExecInspect {
        try calls.record("exec inspect \(id)")
        return ExecInspect()
    }
}

struct FakeImages: ImageBackend, ImageTransferBackend, RegistryBackend, CommitBackend {
    let calls: Calls

    func list(_ options: ImageListOptions) async throws -> [ImageSummary] {
        var words = ["images list"]
        if options.all { words.append("all") }
        if options.sharedSize { words.append("shared") }
        if options.manifests { words.append("manifests") }
        try calls.record(words.joined(separator: " "))
        return []
    }

    func inspect(_ name: String, platform: OCIPlatform?, manifests: Bool) async throws -> ImageInspect {
        try calls.record("image inspect \(name)\(platform.map { " for \($0.architecture)" } ?? "")\(manifests ? " manifests" : "")")
        return ImageInspect()
    }

    func history(_ name: String, platform: OCIPlatform?) async throws -> [ImageHistoryItem] {
        try calls.record("image history \(name)\(platform.map { " for \($0.architecture)" } ?? "")")
        return []
    }

    func tag(_ name: String, repository: String, tag: String) async throws { try calls.record("tag \(name) \(repository) \(tag)") }

    func remove(_ name: String, options: ImageRemoveOptions) async throws -> [ImageDeleteItem] {
        let platforms = options.platforms.map { " for \($0.architecture)" }.joined()
        try calls.record("image remove \(name) force=\(options.force)\(platforms)")
        return [ImageDeleteItem(deleted: "sha256:1")]
    }

    func prune(_ filters: Filters) async throws -> ImagePruneResponse {
        try calls.record("image prune \(filters.values("dangling"))")
        return ImagePruneResponse(spaceReclaimed: 5)
    }

    func load(
        _ body: HTTPBody, quiet: Bool, platforms: [OCIPlatform], write: @escaping @Sendable (ProgressMessage) async throws -> Void
    ) async throws {
        let bytes = try await body.collect(upTo: 1000)
        var message = ProgressMessage()
        message.stream = "Loaded \(bytes.count) bytes"
        try await write(message)
        let names = platforms.map { [$0.os, $0.architecture, $0.variant].filter { !$0.isEmpty }.joined(separator: "/") }
        try calls.record("load quiet=\(quiet) platform=\(names.joined(separator: " "))")
    }

    func importTar(
        _ body: HTTPBody, _ request: ImageImportRequest, write: @escaping @Sendable (ProgressMessage) async throws -> Void
    ) async throws {
        try calls.record("import \(request.source) \(request.repository):\(request.tag) \(request.changes)")
    }

    /// A name that begins with `late` fails behind the first message.
    func pull(_ options: ImagePullOptions, write: @escaping @Sendable (ProgressMessage) async throws -> Void) async throws {
        if options.name.hasPrefix("late") { try await write(ProgressMessage(status: "Pulling")) }
        try calls.record("pull \(options.name) \(options.tag) platform=\(options.platform) user=\(options.auth.username)")
        try await write(ProgressMessage(layer: "abc", "Downloading", detail: ProgressDetail(current: 1, total: 2)))
    }

    func push(
        _ name: String, _ options: ImagePushOptions, write: @escaping @Sendable (ProgressMessage) async throws -> Void
    ) async throws {
        try calls.record("push \(name) \(options.tag) platform=\(options.platform?.architecture ?? "") user=\(options.auth.username)")
        try await write(ProgressMessage(status: "The push refers to repository [x]"))
    }

    func save(_ names: [String], platforms: [OCIPlatform], write: @Sendable ([UInt8]) async throws -> Void) async throws {
        try calls.record("save \(names) \(platforms.map(\.architecture))")
        try await write(Array("a tar".utf8))
    }

    func search(_ options: ImageSearchOptions) async throws -> [ImageSearchResult] {
        try calls.record("search \(options.term) \(options.limit) \(options.filters.values("stars")) user=\(options.auth.username)")
        return []
    }

    func distribution(_ name: String, auth: AuthConfig) async throws -> DistributionInspect {
        try calls.record("distribution \(name) user=\(auth.username)")
        return DistributionInspect(descriptor: OCIDescriptor())
    }

    func login(_ auth: AuthConfig) async throws -> AuthResponse {
        try calls.record("login \(auth.username)@\(auth.serverAddress)")
        return AuthResponse(status: "Login Succeeded")
    }

    func commit(_ options: ImageCommitOptions) async throws -> IDResponse {
        try calls.record(
            "commit \(options.container) \(options.repository):\(options.tag) pause=\(options.pause) \(options.changes) "
                + "\(options.author)|\(options.comment) cmd=\(options.config?.cmd ?? [])")
        return IDResponse(id: "sha256:1")
    }
}

struct FakeSystem: SystemBackend {
    func ping() -> PingFacts { PingFacts() }

    func version() -> SystemVersion {
        var version = SystemVersion()
        version.version = "0.1.0-fake"
        version.apiVersion = "1.56"
        version.minAPIVersion = "1.24"
        version.os = "linux"
        version.architecture = "amd64"
        return version
    }

    func info() async throws -> SystemInfo { SystemInfo() }

    func diskUsage(_ options: DiskUsageOptions) async throws -> DiskUsage {
        var usage = DiskUsage()
        if options.kinds.contains(.image) { usage.imageUsage = ResourceUsage() }
        if options.kinds.contains(.container) { usage.containerUsage = ResourceUsage() }
        usage.isVerbose = options.verbose
        return usage
    }
}
