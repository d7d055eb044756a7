// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The runtime's memory on disk, below --root. It should be a tmpfs: nothing in it outlives the machine's run.
//
//     <root>/                     0700
//       <id>/                     0700   its lock is a flock on the directory itself
//         state.json              ContainerRecord; written before anything is made, and again with the first process
//         config.json             the bundle's, as it was when the container was made
//         start.sock              where a created container listens; gone when its program runs
//       .seccomp/<key>.bpf        compiled system call filters (SeccompCache)

import Glibc
public import WharfLinux

/// Where containers are remembered.
public struct StateDirectory: Sendable {
    private let path: HostPath

    public init(_ path: HostPath) { self.path = path }

    /// Where compiled system call filters are kept. A container's id can't begin with a dot.
    public var filterCache: HostPath { path / ".seccomp" }

    /// Makes the folder of a new container and takes its lock.
    public func create(_ id: String) throws(RuntimeError) -> ContainerFolder {
        try StateDirectory.check(id)
        let folder = path / id
        do throws(SyscallError) {
            do throws(SyscallError) { try folder.makeDirectory(permissions: 0o700) } catch  where error.errno == ENOENT {
                // The first container of all.
                try path.mkdir(permissions: 0o700)
                try folder.makeDirectory(permissions: 0o700)
            }
        } catch  where error.errno == EEXIST {
            throw RuntimeError(step: "state", errno: EEXIST, text: "container with given ID already exists")
        } catch {
            throw RuntimeError(step: "state", error)
        }
        let made = try open(id)
        try made.lock()
        return made
    }

    /// The folder of a container that exists.
    public func open(_ id: String) throws(RuntimeError) -> ContainerFolder {
        try StateDirectory.check(id)
        do throws(SyscallError) {
            return ContainerFolder(id: id, path: path / id, directory: try (path / id).open([.read, .directory, .noFollow]))
        } catch  where error.errno == ENOENT || error.errno == ENOTDIR {
            throw StateDirectory.missing
        } catch {
            throw RuntimeError(step: "state", error)
        }
    }

    /// Every container, by id.
    public func list() throws(RuntimeError) -> [ContainerFolder] {
        let names: [String]
        do throws(SyscallError) {
            names = try path.entries().filter { $0.kind == .directory }.map { String(decoding: $0.name, as: UTF8.self) }
        } catch  where error.errno == ENOENT {
            return []
        } catch {
            throw RuntimeError(step: "state", error)
        }
        var found: [ContainerFolder] = []
        for id in names.filter({ NameGrammar.isContainerName($0) }).sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            // One that was removed meanwhile is not listed.
            if let folder = try? open(id) { found.append(folder) }
        }
        return found
    }

    /// Throws for what can't be an id.
    public static func check(_ id: String) throws(RuntimeError) {
        guard NameGrammar.isContainerName(id) else { throw RuntimeError(step: "state", errno: EINVAL, text: "invalid container ID format") }
    }

    /// What callers of a runtime look for in its error output.
    static let missing = RuntimeError(step: "state", errno: ENOENT, text: "container does not exist")
}
