// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A daemon of a test's own: the debug wharfd with the release shim, on a private root, exec-root and socket, in a network
// namespace of its own, so that it meets neither another daemon nor the host's firewall. Whatever the test does, `with`
// ends it in reverse order: containers, daemon, shims, cgroups, mounts, folders.

public import Foundation
import Synchronization
import WharfJSON

/// Runs wharfd for tests. Start, kill and restart are the test's; cleaning up is not.
public final class DaemonFixture: Sendable {
    /// How a daemon differs from the usual one.
    public struct Options: Sendable {
        /// Length of the data root's and exec-root's paths, by padding; 0 leaves them short. The API socket stays short.
        public var rootLength = 0
        /// More arguments of wharfd.
        public var arguments: [String] = []
        /// The network namespace to live in, as a file of /proc or a mount; nil makes a new one at each start, with lo only.
        public var network: String?
        /// Shell commands before the daemon, in a mount namespace of its own that ends with it: disks and folders of the test's.
        /// `$ROOT` is the data root's path.
        public var prelude: String?
        /// More of its environment.
        public var environment: [String: String] = [:]

        public init(
            rootLength: Int = 0, arguments: [String] = [], network: String? = nil, prelude: String? = nil,
            environment: [String: String] = [:]
        ) {
            self.rootLength = rootLength
            self.arguments = arguments
            self.network = network
            self.prelude = prelude
            self.environment = environment
        }
    }

    private struct State {
        var process: ChildProcess?
        /// Every container id that was ever seen below the roots.
        var ids: Set<String> = []
    }

    private let folder: TemporaryDirectory
    private let options: Options
    private let state = Mutex(State())

    /// The data root, `wharf.db` is in it.
    public let root: String
    /// The exec-root: bundles and shim sockets.
    public let execRoot: String
    /// The API socket.
    public let socket: String
    /// wharfd's own output, over all its starts.
    public let logPath: String
    /// HOME of the clients, so that nobody's configuration matters.
    public let home: String

    private init(_ options: Options) throws {
        self.options = options
        folder = try TemporaryDirectory("daemon")
        let padding = String(repeating: "p", count: max(0, options.rootLength - folder.path.utf8.count - 6))
        let base = padding.isEmpty ? folder.path : folder.path("\(padding)")
        root = "\(base)/root"
        execRoot = "\(base)/run"
        socket = folder.path("wharf.sock")
        logPath = folder.path("wharfd.log")
        home = folder.path("home")
        for path in [base, home] { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    }

    /// Starts a daemon, runs `body`, and cleans up whatever happened.
    ///
    /// What `body` left behind that the daemon should have removed is for the test to ask (`leftovers()`): this only
    /// makes sure that nothing outlives it.
    public static func with<T: Sendable>(
        _ options: Options = Options(), _ body: (DaemonFixture) async throws -> T
    ) async throws -> T {
        let daemon = try DaemonFixture(options)
        do {
            try await daemon.start()
            let result = try await body(daemon)
            await daemon.cleanUp()
            return result
        } catch {
            let log = daemon.log.split(separator: "\n").suffix(40).joined(separator: "\n")
            await daemon.cleanUp()
            throw TestFailure("\(error)\n--- the daemon's last words:\n\(log)")
        }
    }

    // MARK: The daemon's life

    /// `unix://…` for clients.
    public var host: String { "unix://\(socket)" }

    /// The daemon's process, while one runs.
    public var pid: pid_t? { state.withLock { $0.process }.flatMap { $0.isRunning ? $0.pid : nil } }

    /// Everything that wharfd printed.
    public var log: String {
        String(decoding: FileManager.default.contents(atPath: logPath) ?? Data(), as: UTF8.self)
    }

    /// The command line that starts a daemon on these roots.
    public func arguments(socket: String? = nil) -> [String] {
        let host = "unix://\(socket ?? self.socket)"
        let daemon =
            Programs.reference.map { dockerd in
                [dockerd, "--data-root", root, "--exec-root", execRoot, "--host", host, "--pidfile", "\(execRoot).pid", "--bridge", "none"]
                    + ["--iptables=false", "--ip6tables=false"]
            } ?? [Programs.wharfd, "--root", root, "--exec-root", execRoot, "--host", host, "--shim", Programs.shim]
        let mounts = options.prelude == nil ? [] : ["unshare", "--mount", "--propagation", "private", "--"]
        let network = options.network.map { ["nsenter", "--net=\($0)", "--"] } ?? ["unshare", "--net", "--"]
        let script = "ip link set lo up && ROOT='\(root)' && { \(options.prelude ?? ":"); } && exec \"$@\""
        return network + mounts + ["sh", "-c", script, "sh"] + daemon + options.arguments
    }

    /// A path as the daemon sees it while it runs: with a `prelude` it may have other mounts.
    public func seen(_ path: String) -> String { options.prelude == nil ? path : pid.map { "/proc/\($0)/root\(path)" } ?? path }

    /// Starts wharfd and waits until it answers on its socket.
    public func start(environment: [String: String] = [:]) async throws {
        let variables = options.environment.merging(environment) { $1 }
        let process = try ChildProcess(arguments(), streams: .file(logPath), environment: variables)
        state.withLock { $0.process = process }
        let http = api
        try await eventually("wharfd answers") {
            guard process.isRunning else { throw TestFailure("wharfd ended with \(try await process.wait())") }
            return (try? await http.send("GET", "/_ping", deadline: .seconds(5)))?.status == 200
        }
    }

    /// `kill -9`: the daemon gets no chance to say anything.
    public func kill() async throws {
        noteContainers()
        guard let process = state.withLock({ $0.process }) else { return }
        process.signal(SIGKILL)
        try await process.wait()
    }

    /// Waits until the daemon has ended by itself; gives its exit code, 137 for SIGKILL.
    public func untilEnded(within limit: Duration = .seconds(30)) async throws -> Int32 {
        noteContainers()
        return try await state.withLock { $0.process }?.wait(within: limit) ?? 0
    }

    /// SIGTERM, as an administrator stops it; gives the exit code.
    @discardableResult
    public func stop() async throws -> Int32 {
        noteContainers()
        guard let process = state.withLock({ $0.process }) else { return 0 }
        process.signal(SIGTERM)
        return try await process.wait()
    }

    // MARK: Cleaning up

    /// Keeps the ids of the containers that have a folder now.
    func noteContainers() {
        let found = ["\(root)/containers", "\(execRoot)/containers"].flatMap {
            (try? FileManager.default.contentsOfDirectory(atPath: $0)) ?? []  // not made yet
        }
        state.withLock { $0.ids.formUnion(found.filter { $0.utf8.count == 64 }) }
    }

    /// What still exists of this daemon's containers: none of it after they are removed.
    public func leftovers() -> Leftovers {
        noteContainers()
        return Leftovers.find(ids: state.withLock { $0.ids }, below: folder.path)
    }

    private func cleanUp() async {
        noteContainers()
        if pid != nil {
            // Clean-up: what the daemon can't remove is removed below.
            if let list = try? await api.send("GET", "/containers/json?all=1", deadline: .seconds(10)), let all = try? list.json().array {
                for container in all {
                    guard let id = container["Id"]?.string else { continue }
                    state.withLock { _ = $0.ids.insert(id) }
                    _ = try? await api.send("DELETE", "/containers/\(id)?force=1", deadline: .seconds(20))
                }
            }
            _ = try? await stop()
            try? await kill()
        }
        await leftovers().remove()
        state.withLock { $0.process = nil }
        folder.remove()
    }
}
