// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One container's task: requests to its shim, its news as events, and what happens when the shim itself dies. On the path
// of every start, exec, attach and stop, between the engine's verbs and the shim's loop.

import Glibc
import Synchronization
import WharfBlocking
import WharfJSON
import WharfLinux
import WharfShimProtocol

/// The real `ContainerTask`.
final class ShimClient: ContainerTask {
    /// How long each request may take. A create or an exec runs hooks and mounts; the rest is a few system calls.
    enum Deadline {
        static let make = Duration.seconds(120)
        static let quick = Duration.seconds(20)
        static let state = Duration.seconds(5)
        static let kill = Duration.seconds(3)
        static let end = Duration.seconds(5)
    }

    private struct State {
        var pid: Int32 = 0
        /// Init's end was told, by the shim or from its record.
        var toldExit = false
        var toldExecs: Set<String> = []
        /// An adopted shim that did not answer: it is not waited for a second time.
        var isSilent = false
        /// The end of the task, once it has begun: asked for, or because the shim died.
        var ending: Task<Void, Never>?
    }

    let containerID: String
    let events: AsyncStream<TaskEvent>
    var pid: Int32 { state.withLock { $0.pid } }

    private let news: AsyncStream<TaskEvent>.Continuation
    private let process: PidFD
    private let reactor: ShimReactor
    private let leftovers: ShimLeftovers
    private let exitPath: HostPath
    private let state = Mutex(State())
    private let connection = Mutex<ShimConnection?>(nil)
    private let processToken = Mutex<UInt64>(0)

    /// - Parameters:
    ///   - process: the shim's.
    ///   - exitPath: where the shim writes init's exit record.
    init(containerID: String, process: PidFD, reactor: ShimReactor, leftovers: ShimLeftovers, exitPath: HostPath) {
        self.containerID = containerID
        self.process = process
        self.reactor = reactor
        self.leftovers = leftovers
        self.exitPath = exitPath
        (events, news) = AsyncStream.makeStream(of: TaskEvent.self)
    }

    /// Takes the socket over and waits for the shim's introduction.
    func connect(_ socket: Descriptor, bootID: String, deadline: Duration) async throws {
        let made = ShimConnection(
            socket, containerID: containerID, reactor: reactor, onEvent: { [weak self] in self?.heard($0) },
            onClose: { [weak self] in self?.disconnected() })
        connection.withLock { $0 = made }
        let token = try reactor.add(process.descriptor, .readable) { [weak self] _ in self?.processEnded() }
        processToken.withLock { $0 = token }
        try made.open(bootID: bootID)
        _ = try await made.introduction(bootID: bootID, deadline: deadline)
    }

    // MARK: requests

    func create(_ request: CreateRequest, connections: [Descriptor]) async throws {
        guard case .pid(let pid) = try await ask(.create(request), connections, Deadline.make) else { throw surprised("create") }
        state.withLock { $0.pid = pid }
    }

    func start() async throws { _ = try await ask(.start, [], Deadline.make) }

    func signal(_ signal: Int32, process: String?) async throws {
        let request = ShimRequest.signal(SignalRequest(process: process ?? "", signal: signal))
        guard signal == SIGKILL, process == nil else {
            _ = try await ask(request, [], Deadline.quick)
            return
        }
        do {
            _ = try await ask(request, [], Deadline.kill)
        } catch let failure as TaskFailure where failure.errno == ETIMEDOUT || failure.errno == EAGAIN {
            // SIGKILL always works: a shim that can't pass it on goes first, and its death takes the container along.
            // ESRCH: it ended meanwhile.
            try? self.process.send(SIGKILL)
        }
    }

    func signalAll(_ signal: Int32) async throws {
        _ = try await ask(.signal(SignalRequest(signal: signal, all: true)), [], Deadline.quick)
    }

    func resize(process: String?, rows: UInt16, columns: UInt16) async throws {
        _ = try await ask(.resize(ResizeRequest(process: process ?? "", rows: rows, columns: columns)), [], Deadline.quick)
    }

    func attach(_ request: AttachRequest, _ connection: Descriptor) async throws {
        _ = try await ask(.attach(request), [connection], Deadline.quick)
    }

    func closeStdin(process: String?) async throws { _ = try await ask(.closeStdin(process: process ?? ""), [], Deadline.quick) }

    func exec(_ request: ExecTaskRequest) async throws -> Int32 {
        let wire = try request.wire()
        guard case .pid(let pid) = try await ask(.exec(wire), request.attaches.map(\.connection), Deadline.make) else {
            throw surprised("exec")
        }
        return pid
    }

    func pause() async throws { _ = try await ask(.pause, [], Deadline.quick) }

    func resume() async throws { _ = try await ask(.resume, [], Deadline.quick) }

    func update(_ resources: TaskResources) async throws -> [String] {
        let request = UpdateRequest(resources: JSON.encode(try resources.runtimeLimits()))
        if case .warnings(let warnings) = try await ask(.update(request), [], Deadline.quick) { return warnings }
        return []
    }

    func acknowledge(process: String?) {
        guard let connection = connection.withLock({ $0 }), connection.peerVersion >= ShimProtocol.acknowledgingVersion else { return }
        connection.tell(.acknowledge(process: process ?? ""))
    }

    func state() async throws -> TaskState {
        if state.withLock({ $0.isSilent }) { throw silence() }
        return try await state(within: Deadline.state)
    }

    private func silence() -> TaskFailure {
        TaskFailure(step: "timeout", errno: ETIMEDOUT, text: "the shim of container \(containerID) does not answer")
    }

    private func state(within deadline: Duration) async throws -> TaskState {
        guard case .state(let found) = try await ask(.state, [], deadline) else { throw surprised("state") }
        state.withLock { state in
            state.pid = found.processID
            state.isSilent = false
        }
        return found
    }

    /// Asks an adopted shim what happened meanwhile and tells it as events.
    ///
    /// - Parameter deadline: a shim that is stopped answers when it goes on again.
    func catchUp(within deadline: Duration) async throws {
        let found = try await state(within: deadline)
        for exec in found.execs { if let exit = exec.exit { heard(.exited(process: exec.id, exit)) } }
        if found.status == .stopped, let exit = found.exit { heard(.exited(process: "", exit)) }
    }

    /// Takes an adopted shim that does not answer as it is: what it has to tell is told when it goes on, and its end ends
    /// the wait.
    func waitForAnswer() {
        state.withLock { $0.isSilent = true }
        Task { try? await catchUp(within: .seconds(365 * 86400)) }
    }

    func shutdown() async { await finish(asking: true).value }

    // MARK: news, on the reactor's thread

    private func heard(_ event: ShimEvent) {
        let told: TaskEvent? = state.withLock { state in
            switch event {
            case .exited(let process, let record):
                if process.isEmpty {
                    // Told once, also when the answer to `state` crosses the event.
                    guard !state.toldExit else { return nil }
                    state.toldExit = true
                    return .exited(process: nil, record)
                }
                return state.toldExecs.insert(process).inserted ? .exited(process: process, record) : nil
            case .outOfMemory: return .outOfMemory
            case .detached(let process, let token): return .detached(process: Self.named(process), token: token)
            case .attachClosed(let process, let token): return .attachClosed(process: Self.named(process), token: token)
            case .logRotated: return .logRotated
            }
        }
        if let told { news.yield(told) }
    }

    private static func named(_ process: String) -> String? { process.isEmpty ? nil : process }

    /// The shim's process ended: what it still said is in the socket.
    private func processEnded() {
        reactor.remove(process.descriptor, token: processToken.withLock { $0 })
        connection.withLock { $0 }?.drain(ShimConnection.gone(containerID))
        _ = finish(asking: false)
    }

    /// The socket ended first: the process follows, or is no use to anybody.
    private func disconnected() {
        guard state.withLock({ $0.ending == nil }) else { return }
        let process = process
        _ = Alarm(after: .seconds(2)) {
            // ESRCH: it has ended, which is what this is for.
            try? process.send(SIGKILL)
        }
    }

    // MARK: the end

    /// Begins the end, or joins the one that has begun.
    private func finish(asking: Bool) -> Task<Void, Never> {
        state.withLock { state in
            if let ending = state.ending { return ending }
            let ending = Task { await end(asking: asking) }
            state.ending = ending
            return ending
        }
    }

    private func end(asking: Bool) async {
        // A shim that refuses, hangs or is gone is killed at once.
        let agreed = asking ? (try? await ask(.shutdown, [], Deadline.end)) != nil : false
        await leftovers.remove(containerID, process: process, grace: agreed ? Deadline.end : .zero)
        connection.withLock { $0 }?.close(ShimConnection.gone(containerID))
        reactor.remove(process.descriptor, token: processToken.withLock { $0 })
        if !asking && !state.withLock({ $0.toldExit }) {
            if let record = await leftovers.exitRecord(at: exitPath) {
                news.yield(.exited(process: nil, record))
            } else {
                news.yield(.shimDied(ExitRecord(exitCode: 137, signal: 9, exitedAt: .now(), error: "the container's shim died")))
            }
        }
        news.finish()
    }

    private func ask(_ request: ShimRequest, _ connections: [Descriptor], _ deadline: Duration) async throws -> ShimReply {
        guard let connection = connection.withLock({ $0 }) else { throw ShimConnection.gone(containerID) }
        return try await connection.request(request, descriptors: connections, deadline: deadline)
    }

    private func surprised(_ what: String) -> TaskFailure {
        TaskFailure(step: "shim", errno: EPROTO, text: "the shim of container \(containerID) gave an unexpected answer to \(what)")
    }
}
