// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Who may work on a container's files when: one at a time, and a container that does not run is not started meanwhile, because
// its root file system must not be mounted twice.

import Glibc
import WharfBlocking
import WharfError
import WharfLinux

extension Containers {
    /// How long a single look at a container's files may take; a copy may take as long as its client does.
    static let lookDeadline = Duration.seconds(60)
    static let copyDeadline = Duration.seconds(86_400)

    /// Opens the tree of a container in any state and works below it.
    ///
    /// - Parameter body: gets the record as it was when the tree was opened.
    /// - Throws: `notFound`; `conflict` for a container that is being removed; `internal` when the tree can't be mounted.
    func withTree<Result: Sendable>(
        _ reference: String, _ view: ContainerTreeView, _ body: @escaping @Sendable (ContainerRecord, Descriptor) async throws -> Result
    ) async throws -> Result {
        let id = try table.resolve(reference).id
        if let result = try await withLiveTree(id, view, body) { return result }
        // A run that just ended may still hold its root file system.
        await runs.settled(id)
        return try await mutate(id) { [self] in
            let record = try table.resolve(id)
            if record.state.isRunning {
                guard let result = try await withLiveTree(id, view, body) else { throw Self.notRunning(id) }
                return result
            }
            try Self.checkFiles(record)
            return try await fileKeys.withKey(id, deadline: .seconds(120)) { [self] in
                let mounts = try await images.rootMounts(id)
                let binds = view == .whole ? record.mounts.filter { $0.kind == .bind } : []
                let tree = try await blocking.foreign(key: id, deadline: Self.lookDeadline) {
                    try Self.opening(record) { () throws(SyscallError) in try ContainerTree.stopped(mounts, binds) }
                }
                return try await body(record, tree)
            }
        }
    }

    /// nil when the container does not run.
    private func withLiveTree<Result: Sendable>(
        _ id: String, _ view: ContainerTreeView, _ body: @Sendable (ContainerRecord, Descriptor) async throws -> Result
    ) async throws -> Result? {
        guard table.record(id)?.state.isRunning == true else { return nil }
        return try await fileKeys.withKey(id, deadline: .seconds(120)) { [self] () -> Result? in
            guard let record = table.record(id), case .running(let run) = record.state else { return nil }
            let tree = try await blocking.foreign(key: id, deadline: Self.lookDeadline) { () throws -> Descriptor? in
                do throws(SyscallError) {
                    return try ContainerTree.live(run.pid, containerID: id, view)
                } catch  where error.errno == ESRCH {
                    // It ended this moment.
                    return nil
                } catch {
                    return try Self.opening(record) { () throws(SyscallError) in throw error }
                }
            }
            guard let tree else { return nil }
            return try await body(record, tree)
        }
    }

    private static func opening(
        _ record: ContainerRecord, _ body: () throws(SyscallError) -> Descriptor
    ) throws(WharfError) -> Descriptor {
        do { return try body() } catch {
            throw WharfError(.internal, "open the file system of container \(record.id)", error)
        }
    }

    private static func checkFiles(_ record: ContainerRecord) throws(WharfError) {
        switch record.state {
        case .removing: throw WharfError(.conflict, "container \(record.id) is marked for removal and its files can't be reached")
        case .dead: throw WharfError(.conflict, "container \(record.id) is dead and its files can't be reached")
        case .created, .running, .restarting, .exited: break
        }
    }
}
