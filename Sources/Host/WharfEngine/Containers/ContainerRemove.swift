// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `DELETE /containers/x`: the process first if forced, then root file system, directory, row. What can't be removed now
// leaves a dead container behind, which another removal can finish.

import WharfBlocking
public import WharfDockerAPI
import WharfError
import WharfLinux
import WharfMetadata

extension Containers {
    /// Removes a container.
    ///
    /// - Throws: `conflict` when it runs and is not forced, or its removal is under way.
    public func remove(_ reference: String, options: ContainerRemoveOptions = ContainerRemoveOptions()) async throws {
        let record = try table.resolve(reference)
        if options.link { throw WharfError(.notImplemented, "links can't be used yet") }
        let id = record.id
        if options.force {
            await cancelRestart(id)
            runs.cancelStart(id)
            // Before the queue: a stop that waits there for the end gets it now.
            if record.state.isRunning { try await Task { [self] in try await killAndWait(id, by: .remove) }.value }
        } else {
            try checkRemove(record, force: false)
        }
        do {
            try await mutate(id) { [self] in try await removeHeld(id, options: options) }
        } catch let error as WharfError where error.code == .notFound && options.force {
            // `--rm` was faster: what was asked for is done.
        }
    }

    private func checkRemove(_ record: ContainerRecord, force: Bool) throws(WharfError) {
        do {
            try ContainerLifecycle(record).checkRemove(force: force, id: record.id)
        } catch {
            throw WharfError(error.code, "cannot remove container \"/\(record.name)\": \(error.message)", cause: error)
        }
    }

    /// The removal itself; the caller holds the key.
    func removeHeld(_ id: String, options: ContainerRemoveOptions) async throws {
        guard let record = table.record(id) else { throw WharfError(.notFound, "No such container: \(id)") }
        try checkRemove(record, force: options.force)
        if record.state.isRunning { try await killAndWait(id, by: .remove) }
        await runs.settled(id)
        // An exit that came first may have been taken by the policy.
        await cancelRestart(id)
        await apply(id, .removalBegan)
        do {
            try await finishRemoval(id)
        } catch {
            let text = "cannot remove container \"/\(record.name)\": \(error)"
            await apply(id, .removalFailed(text))
            throw WharfError((error as? WharfError)?.code ?? .internal, text, cause: error)
        }
    }

    /// From "removing" to gone; also what is left to do after a daemon died in between.
    func finishRemoval(_ id: String) async throws {
        _ = attaches.takeAll(id)
        let gone = execs.removeAll(of: id)
        try await images.removeRoot(id)
        try await logKeys.withKey(id, deadline: .seconds(120)) { [blocking, directory] in
            try await blocking.own { try directory.remove(id) }
        }
        guard let record = table.record(id) else { return }
        try await journal.ordered(id) { [journal] in
            try await journal.write(durable: !record.hostConfig.autoRemove, news: [.container(record, "destroy")]) { transaction in
                try transaction.delete(ContainerRecord.self, id: id)
                for exec in gone { try transaction.delete(ExecRecord.self, id: exec) }
                _ = try transaction.releaseAll(holder: Self.holder(id))
            }
        }
        table.remove(id)
    }
}
