// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a new daemon does about the shims of the last one: every bundle is asked for its socket, every socket for its shim.
// A shim that answers is adopted; one that is stopped or slow is adopted too and answers when it can; one that is dead
// is cleaned up after. A socket that belongs to no bundle is nobody's.

import Glibc
import Logging
import WharfBlocking
import WharfJSON
import WharfLinux
import WharfOCI
import WharfShimProtocol

extension ShimTaskService {
    /// How long the daemon's start waits for a shim: one that runs answers within a millisecond.
    private static let patience = Duration.seconds(2)

    public func adopt() async -> [any ContainerTask] {
        let directories = directories
        let ids: [String]
        do {
            ids = try await blocking.own { try directories.bundledIDs() }
        } catch {
            logger.error("the bundles can't be listed, no running container is found again", metadata: ["error": "\(error)"])
            return []
        }
        let tasks = await withTaskGroup(of: ShimClient?.self) { group in
            for id in ids { group.addTask { await self.adopt(id) } }
            return await group.reduce(into: [ShimClient]()) { if let task = $1 { $0.append(task) } }
        }
        await removeStraySockets(keeping: Set(ids.map(ShimSocketName.name(for:))))
        return tasks
    }

    /// One bundle. - Returns: nil when its shim is dead and everything of it is cleaned up.
    private func adopt(_ id: String) async -> ShimClient? {
        let directories = directories
        let exitPath = await exitPath(of: id)
        let socket: Descriptor
        let process: PidFD
        do {
            (socket, process) = try await blocking.own { () throws -> (Descriptor, PidFD) in
                let socket = try UnixSocket.connect(in: directories.sockets, name: ShimSocketName.name(for: id))
                let peer = try UnixSocket.peer(of: socket)
                guard peer.userID == geteuid() else { throw SyscallError("connect", id, errno: EPERM) }
                return (socket, try Self.process(of: socket, peer))
            }
        } catch {
            return await giveUp(id, nil, error)
        }
        let client = ShimClient(containerID: id, process: process, reactor: reactor, leftovers: leftovers, exitPath: exitPath)
        do {
            try await client.connect(socket, bootID: bootID, deadline: Self.patience)
            try await client.catchUp(within: Self.patience)
        } catch let failure as TaskFailure where failure.errno == ETIMEDOUT {
            logger.warning("a shim is alive and does not answer yet", metadata: ["container": "\(id)"])
            client.waitForAnswer()
        } catch {
            return await giveUp(id, process, error)
        }
        return client
    }

    public func leftovers() async -> [String] {
        // A listing that fails now is made again in a minute.
        (try? await blocking.own { [directories] in try directories.bundledIDs() }) ?? []
    }

    public func removeLeftovers(of id: String) async {
        let directories = directories
        // A shim that is gone does not answer; one that lives is to end.
        let process = try? await blocking.own { () throws -> PidFD in
            let socket = try UnixSocket.connect(in: directories.sockets, name: ShimSocketName.name(for: id))
            return try Self.process(of: socket, UnixSocket.peer(of: socket))
        }
        logger.info("removing what a container left", metadata: ["container": "\(id)", "shim": "\(process == nil ? "gone" : "alive")"])
        await leftovers.remove(id, process: process, grace: .zero)
    }

    private func giveUp(_ id: String, _ process: PidFD?, _ reason: any Error) async -> ShimClient? {
        logger.info("a container's shim is gone, removing what it left", metadata: ["container": "\(id)", "reason": "\(reason)"])
        await leftovers.remove(id, process: process, grace: .zero)
        return nil
    }

    /// The peer's pidfd; before Linux 6.5 by its number, which can't be another process's while the socket is open and
    /// the number is checked again behind the open.
    private static func process(of socket: Descriptor, _ peer: PeerCredentials) throws(SyscallError) -> PidFD {
        do { return PidFD(try UnixSocket.peerProcess(of: socket)) } catch  where error.errno == ENOPROTOOPT {
            return try PidFD.open(peer.processID)
        }
    }

    /// Kept in the bundle's annotations.
    private func exitPath(of id: String) async -> HostPath {
        let config = directories.bundle(of: id) / "config.json"
        let path = try? await blocking.own { () throws -> String in
            try JSON.decode(RuntimeSpec.self, from: config.read(limit: 4 << 20)).annotations[TaskSpec.exitAnnotation] ?? ""
        }
        return HostPath(path ?? "")
    }

    private func removeStraySockets(keeping names: Set<String>) async {
        let (directories, logger) = (directories, logger)
        // Clean-up: what stays is met again at the next start.
        _ = try? await blocking.own {
            for name in try directories.socketNames() where !names.contains(name) {
                // A living shim without a bundle has nothing to come back to.
                if let socket = try? UnixSocket.connect(in: directories.sockets, name: name),
                    let process = try? UnixSocket.peerProcess(of: socket)
                {
                    try? PidFD(process).send(SIGKILL)
                }
                logger.info("removing a socket that no container owns", metadata: ["socket": "\(name)"])
                _ = unlinkat(directories.sockets.raw, name, 0)
            }
        }
    }
}
