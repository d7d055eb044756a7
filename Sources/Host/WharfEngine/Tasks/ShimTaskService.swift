// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The real `TaskService`: makes a bundle, spawns a shim, introduces itself, asks for the container; each step with its undo.

import Glibc
public import Logging
public import WharfBlocking
import WharfJSON
public import WharfLinux
import WharfOCI
import WharfShimProtocol

/// Makes and adopts tasks of one exec-root.
public final class ShimTaskService: TaskService {
    let directories: ShimDirectories
    let leftovers: ShimLeftovers
    let reactor: ShimReactor
    let blocking: Blocking
    let logger: Logger
    let bootID: String
    private let spawner: ShimSpawner
    private let host: TaskHost

    /// Makes the folders of tasks in `execRoot` and starts the reactor's thread.
    ///
    /// - Parameters:
    ///   - program: the sealed handle of wharf-shim.
    ///   - bootID: `/proc/sys/kernel/random/boot_id`.
    ///   - hasUnifiedCgroups: whether the host has cgroup v2 only.
    ///   - initProgram: what `--init` puts in front of a container's program; nil where there is none.
    /// - Throws: `SyscallError` for a folder that can't be made.
    public init(
        execRoot: HostPath, program: Descriptor, bootID: String, hasUnifiedCgroups: Bool, cgroups: any TaskCgroups, blocking: Blocking,
        logger: Logger, initProgram: HostPath? = nil
    ) throws(SyscallError) {
        directories = try ShimDirectories(execRoot: execRoot)
        host = TaskHost.current(hasUnifiedCgroups: hasUnifiedCgroups, initProgram: initProgram)
        self.bootID = bootID
        self.blocking = blocking
        self.logger = logger
        spawner = ShimSpawner(program: program, directories: directories)
        leftovers = ShimLeftovers(directories: directories, cgroups: cgroups, blocking: blocking, logger: logger)
        reactor = try ShimReactor()
    }

    public func create(_ request: TaskCreateRequest) async throws -> any ContainerTask {
        let id = request.spec.containerID
        guard ShimDirectories.isUsable(id) else {
            throw TaskFailure(step: "spec", errno: EINVAL, text: "container id \(id) can't be a file name")
        }
        let (directories, spawner, host) = (directories, spawner, host)
        let logger = logger
        return try await Steps.run(undoFailed: {
            logger.warning("undoing \($0) failed", metadata: ["container": "\(id)", "error": "\($1)"])
        }) { steps in
            let bundle = try await steps.step("bundle") {
                try await blocking.own {
                    let config = JSON.encode(try request.spec.runtimeSpec(on: host, exitPath: request.exitPath))
                    // The record of an earlier run must not be taken for this one's.
                    try HostPath(request.exitPath).unlink()
                    return try directories.makeBundle(of: id, config: config)
                }
            } undo: { [leftovers] _ in
                await leftovers.remove(id, process: nil, grace: .zero)
            }
            let spawned = try await steps.step("shim") {
                try await blocking.own { try spawner.spawn(id) }
            } undo: { [leftovers] in
                await leftovers.remove(id, process: $0.process, grace: .zero)
            }
            let client = ShimClient(
                containerID: id, process: spawned.process, reactor: reactor, leftovers: leftovers, exitPath: HostPath(request.exitPath))
            try await steps.step("hello") {
                try await client.connect(spawned.socket, bootID: bootID, deadline: .seconds(20))
            } undo: {
                await client.shutdown()
            }
            try await steps.step("create") {
                let wire = request.wire(bundle: bundle, directories: directories)
                try await client.create(wire, connections: request.attaches.map(\.connection))
            }
            return client
        }
    }

    /// Stops listening to the shims; they go on. For the daemon's end.
    public func detach() { reactor.stop() }
}
