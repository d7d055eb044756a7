// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A network namespace of a test's own with registries in it: Debian's docker-registry, open, behind a password, or behind
// TLS with a private authority. Daemons and clients enter it by `namespace` and `run`.

import Foundation
import Synchronization

/// Owns the namespace and what runs in it.
public final class RegistryFixture: Sendable {
    /// How a registry lets people in.
    public enum Door: String, Sendable, CaseIterable {
        /// Plain HTTP for everybody.
        case open
        /// Plain HTTP with `user` and `password`.
        case password
        /// TLS, of an authority that only `authority` knows; at an address that is no loopback one, which nobody would check.
        case tls

        /// `address:port`.
        public var address: String {
            switch self {
            case .open: "127.0.0.1:5000"
            case .password: "127.0.0.1:5001"
            case .tls: "10.77.0.1:5002"
            }
        }
    }

    public static let user = "sailor"
    public static let password = "ahoy"
    /// bcrypt, the only kind that docker-registry reads.
    private static let entry = "sailor:$2y$05$abcdefghijklmnopqrstuupc2Bh/BcdpJnf0yyNxNgehaXaZ8mK5m\n"

    /// Where registries and clients may put files.
    public let folder: TemporaryDirectory
    private let holder: ChildProcess
    private let registries = Mutex<[ChildProcess]>([])

    /// Whether docker-registry is here; scripts/bootstrap brings it.
    public static var isHere: Bool { geteuid() == 0 && find("docker-registry") != nil }

    /// Whether a program is on PATH.
    public static func find(_ program: String) -> String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return path.split(separator: ":" as Character).map { "\($0)/\(program)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    private init() async throws {
        folder = try TemporaryDirectory("registry")
        let script = "ip link set lo up && ip addr add 10.77.0.1/32 dev lo && echo ready && while :; do sleep 1000 & wait; done"
        holder = try ChildProcess(
            ["unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private", "sh", "-c", script],
            streams: .pipes)
        try await holder.output.wait(for: "ready")
    }

    /// Starts registries, runs `body`, and ends them whatever happened.
    public static func with<T: Sendable>(_ doors: Door..., body: (RegistryFixture) async throws -> T) async throws -> T {
        let fixture = try await RegistryFixture()
        do {
            for door in doors { try await fixture.start(door) }
            let result = try await body(fixture)
            await fixture.end()
            return result
        } catch {
            let logs = doors.map { "\($0): " + ((try? String(contentsOfFile: fixture.log($0), encoding: .utf8)) ?? "").suffix(1500) }
            await fixture.end()
            throw TestFailure("\(error)\n--- the registries' last words:\n\(logs.joined(separator: "\n"))")
        }
    }

    /// The network namespace, for `DaemonFixture.Options.network`.
    public var namespace: String { "/proc/\(holder.pid)/ns/net" }

    /// The certificate of the authority of `Door.tls`.
    public var authority: String { folder.path("ca.crt") }

    /// A command line that runs in the namespace.
    public func inside(_ command: [String]) -> [String] { ["nsenter", "--net=\(namespace)", "--"] + command }

    /// Runs a program in the namespace to its end.
    public func run(
        _ command: [String], stdin: [UInt8]? = nil, environment: [String: String] = [:], deadline: Duration = .seconds(120)
    ) async throws -> CommandResult {
        let line = inside(command)
        return try await CommandLine.run(line[0], Array(line.dropFirst()), stdin: stdin, environment: environment, deadline: deadline)
    }

    /// skopeo, which takes any certificate and signature; another exit code than 0 is an error.
    @discardableResult
    public func skopeo(_ arguments: String...) async throws -> CommandResult {
        try await run(["skopeo", "--insecure-policy"] + arguments, environment: ["HOME": folder.path]).expecting(0)
    }

    /// A manifest of the open registry, byte by byte.
    public func manifest(_ name: String) async throws -> [UInt8] {
        try await skopeo("inspect", "--raw", "--tls-verify=false", "docker://\(Door.open.address)/\(name)").stdout
    }

    private func log(_ door: Door) -> String { folder.path("\(door).log") }

    /// Starts one; it keeps its files in a folder of `folder`.
    private func start(_ door: Door) async throws {
        var http = ["http:", "  addr: \(door.address)"]
        var more: [String] = []
        switch door {
        case .open: break
        case .password:
            try folder.write("htpasswd", Array(Self.entry.utf8))
            more = ["auth:", "  htpasswd:", "    realm: harbour", "    path: \(folder.path("htpasswd"))"]
        case .tls:
            try await makeCertificates()
            http += ["  tls:", "    certificate: \(folder.path("server.crt"))", "    key: \(folder.path("server.key"))"]
        }
        let configuration =
            [
                "version: 0.1", "log:", "  level: warn", "  accesslog:", "    disabled: true", "storage:", "  filesystem:",
                "    rootdirectory: \(folder.path("data-\(door)"))", "  delete:", "    enabled: true", "compatibility:", "  schema1:",
                "    enabled: true",
            ] + http + more
        let file = try folder.write("\(door).yml", Array((configuration.joined(separator: "\n") + "\n").utf8))
        let process = try ChildProcess(
            inside(["docker-registry", "serve", file]), streams: .file(log(door)), environment: ["HOME": folder.path])
        registries.withLock { $0.append(process) }
        let parts = door.address.split(separator: ":")
        try await eventually("docker-registry (\(door)) listens") {
            guard process.isRunning else { throw TestFailure("docker-registry (\(door)) ended") }
            return try await self.run(["bash", "-c", "exec 3<>/dev/tcp/\(parts[0])/\(parts[1])"]).exitCode == 0
        }
    }

    private func makeCertificates() async throws {
        let script = """
            set -e; cd \(folder.path)
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.crt -days 2 -subj "/CN=a private authority"
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout server.key -out server.csr -subj "/CN=harbour"
            printf 'subjectAltName=IP:10.77.0.1\\n' > extensions
            openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out server.crt
            """
        try await CommandLine.run("sh", ["-c", script]).expecting(0)
    }

    /// Ends everything in the namespace.
    private func end() async {
        for registry in registries.withLock({ $0 }) { registry.signal(SIGKILL) }
        holder.signal(SIGKILL)
        // Whatever way they ended, they have.
        for process in registries.withLock({ $0 }) + [holder] { _ = try? await process.wait() }
        folder.remove()
    }
}
