// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `POST /commit`: what a container changed becomes a layer, and its configuration an image's. The container may run; it is
// frozen meanwhile unless the client does not want that.

import Logging
public import WharfDockerAPI
import WharfError
import WharfImages
import WharfOCI

extension Images {
    /// Makes an image of a container.
    ///
    /// - Throws: `notFound` for the container, `conflict` while it is being removed, `invalidArgument` for name and changes.
    public func commit(_ options: ImageCommitOptions) async throws -> IDResponse {
        let reference = try Reference.named(options.repository, tag: options.tag)
        let record = try containers.table.resolve(options.container)
        switch record.state {
        case .removing: throw WharfError(.conflict, "You cannot commit container \(record.id) which is being removed")
        case .dead: throw WharfError(.conflict, "You cannot commit container \(record.id) which is Dead")
        default: break
        }
        // A client that leaves must not leave a frozen container behind.
        return try await Task { [self] in try await commit(record, as: reference, options) }.value
    }

    private func commit(_ record: ContainerRecord, as reference: Reference?, _ options: ImageCommitOptions) async throws -> IDResponse {
        let wishes = try Self.wishes(record, as: reference, options)
        let frozen = options.pause ? try await freeze(record) : false
        let image: LoadedImage
        do {
            image = try await store.commit(key: record.id, base: Digest(record.imageID), options: wishes)
        } catch {
            if frozen { await thaw(record) }
            throw error
        }
        if frozen { await thaw(record) }
        var attributes = ["comment": options.comment, "imageID": image.id.description]
        attributes["imageRef"] = reference?.familiar ?? ""
        var news: [EngineEvent] = [.container(record, "commit", attributes)]
        if let reference {
            news.append(.image("tag", id: image.id.description, name: reference.familiar, labels: labels(of: image.id)))
        }
        await publish(news)
        return IDResponse(id: image.id.description)
    }

    /// The image's defaults: what the client sent over what the container has, and the changes on top.
    static func wishes(
        _ record: ContainerRecord, as reference: Reference?, _ options: ImageCommitOptions
    ) throws(WharfError)
        -> CommitOptions
    {
        let changes = ChangeList.split(options.changes)
        let own = ContainerDefaults(record.config)
        var defaults = options.config.map { ContainerDefaults($0.merged(over: own)) } ?? own
        // A new entry point without a command of its own drops the old command, as in a Dockerfile.
        if ChangeList.contains("ENTRYPOINT", changes), !ChangeList.contains("CMD", changes) { defaults.command = nil }
        return CommitOptions(
            reference: reference, defaults: defaults, changes: changes, author: options.author, comment: options.comment,
            container: record.id, createdBy: (record.config.cmd ?? []).joined(separator: " "))
    }

    /// Freezes a container that runs; false for one that doesn't, or is frozen already.
    private func freeze(_ record: ContainerRecord) async throws -> Bool {
        guard record.state.isRunning, !record.state.isPaused else { return false }
        do {
            try await containers.pause(record.id)
            return true
        } catch let error as WharfError where error.code == .conflict {
            // It ended, or somebody else froze it.
            return false
        }
    }

    private func thaw(_ record: ContainerRecord) async {
        do {
            try await containers.unpause(record.id)
        } catch let error as WharfError where error.code == .conflict || error.code == .notFound {
            // It was killed, removed or resumed meanwhile.
        } catch {
            containers.log.error("a container stays paused behind a commit", metadata: ["id": "\(record.id)", "error": "\(error)"])
        }
    }
}
