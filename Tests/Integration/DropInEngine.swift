// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// podman and dockerd as one thing to test: both take the same words, and each has its own way to be set up.

import Foundation
import Glibc
import Testing
import WharfLinux
import WharfTestKit

/// An engine that runs its containers with the runtime under test.
final class DropInEngine: Sendable {
    enum Kind: String, Sendable { case podman, docker }

    let kind: Kind
    let host: DropInHost
    private let base: [String]
    private let environment: [String: String]
    private let daemon: ChildProcess?

    @TaskLocal static var current: DropInEngine?

    private init(_ kind: Kind, _ host: DropInHost, _ base: [String], _ environment: [String: String], _ daemon: ChildProcess?) {
        (self.kind, self.host, self.base, self.environment, self.daemon) = (kind, host, base, environment, daemon)
    }

    /// podman with storage of its own.
    static func podman(_ host: DropInHost) throws -> DropInEngine {
        // Limits as the caller has them: podman's own defaults need a right that a machine may lack.
        let configuration = """
            [containers]
            default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
            [engine]
            cgroup_manager = "cgroupfs"
            events_logger = "file"
            lock_type = "file"
            """
        let file = try host.temporary.write("containers.conf", Array(configuration.utf8))
        let base = [
            "podman", "--root", host.temporary.path("podman"), "--runroot", host.temporary.path("podman-run"), "--tmpdir",
            host.temporary.path("podman-tmp"), "--storage-driver", "vfs", "--runtime", DropInHost.runtime,
        ]
        return DropInEngine(.podman, host, base, ["CONTAINERS_CONF": file, "HOME": host.temporary.path], nil)
    }

    /// dockerd with folders, a socket and a containerd of its own.
    static func docker(_ host: DropInHost, _ options: [String] = []) async throws -> DropInEngine {
        let path = { (name: String) in host.temporary.path(name) }
        let socket = "unix://\(path("docker.sock"))"
        let daemon = try ChildProcess(
            host.inside(
                [
                    "dockerd", "--data-root", path("docker"), "--exec-root", path("docker-run"), "--pidfile", path("docker.pid"), "--host",
                    socket, "--bridge", "none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false",
                    "--storage-driver", "vfs", "--exec-opt", "native.cgroupdriver=cgroupfs", "--cgroup-parent", host.cgroupParent,
                    "--default-ulimit", "nofile=1024:1024", "--add-runtime", "wharf=\(DropInHost.runtime)", "--default-runtime", "wharf",
                ] + options),
            streams: .file(path("dockerd.log")))
        let engine = DropInEngine(
            .docker, host, ["docker"], ["DOCKER_HOST": socket, "HOME": host.temporary.path, "DOCKER_CLI_HINTS": "false"], daemon)
        do {
            try await eventually(within: .seconds(60), "dockerd answers") { try await engine.call("version").exitCode == 0 }
        } catch {
            throw TestFailure("dockerd: \((try? String(contentsOfFile: path("dockerd.log"), encoding: .utf8)) ?? "\(error)")")
        }
        return engine
    }

    /// Runs the client.
    @discardableResult
    func call(_ arguments: String..., stdin: [UInt8]? = nil) async throws -> CommandResult {
        try await host.run(base + arguments, stdin: stdin, environment: environment)
    }

    /// The arguments of a new container that every test gives: no network, and for podman the groups' parent.
    var placed: [String] { ["--network", "none"] + (kind == .podman ? ["--cgroup-parent", host.cgroupParent] : []) }

    /// `run` with these options; the image is the test's.
    @discardableResult
    func run(_ options: [String], _ command: [String]) async throws -> CommandResult {
        try await host.run(base + ["run"] + placed + options + ["busybox:test"] + command, environment: environment)
    }

    /// The client at a terminal.
    func interactive(_ options: [String], _ command: [String]) throws -> ChildProcess {
        try ChildProcess(
            host.inside(base + ["run", "-it"] + placed + options + ["busybox:test"] + command), streams: .terminal(rows: 33, columns: 99),
            environment: environment)
    }

    /// What `inspect` says by a template.
    func inspect(_ name: String, _ template: String) async throws -> String {
        try await call("inspect", "--format", template, name).expecting(0).out
    }

    /// Brings in the image.
    func load() async throws {
        try await host.run(base + ["import", "-", "busybox:test"], stdin: try BusyboxImage().rootFileSystem(), environment: environment)
            .expecting(0)
    }

    /// Removes its containers and ends it.
    func end() async {
        // The namespaces' end takes what this does not.
        if let ids = try? await call("ps", "-aq").lines, !ids.isEmpty {
            _ = try? await host.run(base + ["rm", "--force"] + ids, environment: environment)
        }
        daemon?.signal(SIGTERM)
        _ = try? await daemon?.wait()
    }
}

/// Gives a suite one engine, and ends it with all that it made.
struct DropInTrait: SuiteTrait, TestScoping {
    let kind: DropInEngine.Kind
    var options: [String] = []

    func provideScope(for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void) async throws {
        let host = try await DropInHost(kind.rawValue)
        do {
            let engine = kind == .podman ? try DropInEngine.podman(host) : try await DropInEngine.docker(host, options)
            do {
                try await engine.load()
                try await DropInEngine.$current.withValue(engine) { try await function() }
            } catch {
                await engine.end()
                throw error
            }
            await engine.end()
        } catch {
            await host.end()
            throw error
        }
        await host.end()
    }
}

/// The suite's engine.
func theEngine() throws -> DropInEngine {
    guard let engine = DropInEngine.current else { throw TestFailure("this suite has no DropInTrait") }
    return engine
}
