// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `remove`: a name goes, and with the last one the image, as Docker decides it. Whether a container holds the image is a
// query in the transaction that removes the rows; the files of layers go behind the answer (`LayerCleaner`).

import Logging
import Synchronization
import WharfBlocking
import WharfContent
import WharfError
import WharfLinux
import WharfMetadata
import WharfOCI
import WharfSnapshots

extension ImageStore {
    /// Removes a name, or an image by its id.
    ///
    /// - Parameters:
    ///   - force: also while stopped containers use it, and with several names by id.
    ///   - running: ids of the containers that run now; their images can't be removed even by force.
    /// - Throws: `notFound`; `conflict` with Docker's texts.
    public func remove(_ name: String, force: Bool = false, running: Set<String> = []) async throws -> [ImageRemoval] {
        let image = try resolve(name)
        return try await blocking.own { [self] in
            let (removals, remains) = try changes.withLock { _ in
                var removal = Removal(store: self, image: image.id, force: force, running: running)
                let outcome = try converting("remove \(name)") { try removal.run(name) }
                try Failpoint.hit("image.remove.blobs")
                deleteBlobs(outcome.blobs)
                try Failpoint.hit("image.remove.layers")
                return (outcome.removals, detach(outcome.layers.map(\.chainID.description)))
            }
            try Failpoint.hit("image.remove.files")
            cleaner.add(remains)
            try Failpoint.hit("image.remove.reply")
            return removals
        }
    }

    /// Removes an image with all its names, unless a container came to use it. Blocks.
    ///
    /// - Returns: what went and how large its layers were; nil if it stays.
    func removeUnused(_ image: Image) throws -> (removals: [ImageRemoval], size: Int64)? {
        let (result, remains) = try changes.withLock { _ -> ((removals: [ImageRemoval], size: Int64)?, [SnapshotRemains]) in
            guard table.withLock({ $0.images[image.id] }) != nil else { return (nil, []) }
            let removal = Removal(store: self, image: image.id, force: false, running: [])
            guard let outcome = try removal.runUnused() else { return (nil, []) }
            deleteBlobs(outcome.blobs)
            let size = outcome.layers.reduce(0) { $0 + $1.size }
            return ((outcome.removals, size), detach(outcome.layers.map(\.chainID.description)))
        }
        cleaner.add(remains)
        return result
    }

    /// Deletes blobs that nobody needs. Called with `changes` held, so that no load finds one in between.
    func deleteBlobs(_ blobs: [Digest]) {
        for blob in blobs where !table.withLock({ $0.isNeeded(blob) }) {
            do {
                try content.delete(blob)
            } catch {
                log.warning("a blob could not be removed", metadata: ["blob": "\(blob)", "reason": "\(error)"])
            }
        }
    }

    /// Takes layers without a row out of the snapshots. Called with `changes` held. One that a container stands on stays
    /// until `sweepLayers` finds it free.
    func detach(_ layers: [String]) -> [SnapshotRemains] {
        layers.compactMap { layer in
            do {
                return try snapshots.detach(layer)
            } catch {
                log.debug("a layer stays for now", metadata: ["layer": "\(layer)", "reason": "\(error)"])
                return nil
            }
        }
    }

    /// Waits until the files of all layers that went are gone too.
    public func finishRemovals() async { await cleaner.finish() }

    /// On a disk that is nearly full, what was removed is gone before something new comes: whoever removes an image to make
    /// room for another must find it.
    func waitForRoom() async {
        guard cleaner.isBusy, let root else { return }
        let isTight = try? await blocking.own {
            let space = try root.openDirectory().fileSystemSpace()
            return space.available < space.total / 10
        }
        // A disk that can't be asked says so to whoever writes.
        if isTight == true { await cleaner.finish() }
    }
}

/// One removal, decided and written with `changes` held.
private struct Removal {
    let store: ImageStore
    let image: Digest
    let force: Bool
    let running: Set<String>

    typealias Outcome = (removals: [ImageRemoval], blobs: [Digest], layers: [LayerRecord])

    mutating func run(_ name: String) throws -> Outcome {
        let names = store.table.withLock { $0.names(of: image) }
        let isID = image.description.utf8.starts(with: name.utf8) || image.hex.utf8.starts(with: name.utf8)
        if isID, !names.contains(where: { $0.familiarName.utf8.elementsEqual(name.utf8) }) { return try removeByID(names) }
        return try removeByName(name, try Reference.parse(name), names)
    }

    /// Removes an image that no container holds; nil if one does.
    func runUnused() throws -> Outcome? {
        guard try users().isEmpty else { return nil }
        return try delete(store.table.withLock { $0.names(of: image) })
    }

    private func removeByName(_ text: String, _ given: Reference, _ names: [Reference]) throws -> Outcome {
        let reference = given.digest.map { given.with(digest: $0) } ?? given.withDefaultTag
        let users = try users()
        if !force, isSingle(names), let user = users.first {
            throw WharfError(
                .conflict,
                "conflict: unable to remove repository reference \"\(text)\" (must force) - container \(short(user)) is using its referenced image \(image.short)"
            )
        }
        var gone = [reference]
        var rest = names.filter { $0 != reference }
        // Digest names of the same repository go with its last tag.
        if reference.digest == nil, !rest.contains(where: { $0.name == reference.name && $0.tag != nil }) {
            gone += rest.filter { $0.name == reference.name }
            rest.removeAll { $0.name == reference.name }
        }
        // A container keeps the image, nameless, when the name was taken by force.
        guard rest.isEmpty, users.isEmpty else { return try untag(gone) }
        return try delete(gone)
    }

    private func removeByID(_ names: [Reference]) throws -> Outcome {
        let users = try users()
        if let user = users.first(where: running.contains) {
            throw conflict("cannot be forced", "image is being used by running container \(short(user))")
        }
        if !force {
            if !isSingle(names) { throw conflict("must be forced", "image is referenced in multiple repositories") }
            if let user = users.first { throw conflict("must be forced", "image is being used by stopped container \(short(user))") }
        }
        return try delete(names)
    }

    // MARK: Rows

    private func untag(_ gone: [Reference]) throws -> Outcome {
        try Failpoint.hit("image.remove.untag")
        try store.metadata.write(durable: true) { transaction in
            for name in gone { try transaction.delete(ReferenceRecord.self, id: name.description) }
        }
        store.table.withLock { table in
            for name in gone { table.removeReference(name.description) }
        }
        return (gone.map { .untagged($0.familiar) }, [], [])
    }

    private func delete(_ names: [Reference]) throws -> Outcome {
        try Failpoint.hit("image.remove.record")
        let (layers, blobs) = store.table.withLock { table in
            let layers = table.orphanedLayers(without: image)
            return (layers, (table.images[image]?.blobs ?? []) + layers.compactMap(\.blob?.digest))
        }
        try store.metadata.write(durable: true) { transaction in
            for name in names { try transaction.delete(ReferenceRecord.self, id: name.description) }
            for layer in layers { try transaction.delete(LayerRecord.self, id: layer.id) }
            try transaction.delete(ImageRecord.self, id: image.description)
        }
        store.table.withLock { table in
            table.removeImage(image)
            for layer in layers { table.removeLayer(layer.chainID) }
        }
        let removals = names.map { ImageRemoval.untagged($0.familiar) } + [.deleted(image)] + layers.map { .deleted($0.chainID) }
        return (removals, blobs, layers)
    }

    // MARK: Rules

    /// Ids of the containers that hold the image.
    private func users() throws -> [String] {
        let marker = ImageStore.containerHolder("")
        return try store.metadata.read { try $0.holders(of: ImageStore.resource(image)) }
            .compactMap { $0.utf8.starts(with: marker.utf8) ? String($0.dropFirst(marker.count)) : nil }
    }

    /// At most one tag, and everything in one repository.
    private func isSingle(_ names: [Reference]) -> Bool {
        names.count <= 1 || (names.filter { $0.digest == nil }.count <= 1 && Set(names.map(\.name)).count == 1)
    }

    private func conflict(_ kind: String, _ reason: String) -> WharfError {
        WharfError(.conflict, "conflict: unable to delete \(image.short) (\(kind)) - \(reason)")
    }

    private func short(_ container: String) -> String { String(container.prefix(12)) }
}
