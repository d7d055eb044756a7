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
public import WharfOCI
import WharfSnapshots

extension ImageStore {
    /// Removes a name, or an image by its id.
    ///
    /// - Parameters:
    ///   - force: also while stopped containers use it, and with several names by id.
    ///   - running: ids of the containers that run now; their images can't be removed even by force.
    ///   - platforms: only what is for these of a name that means several; empty for all.
    /// - Throws: `notFound`; `conflict` with Docker's texts.
    public func remove(
        _ name: String, force: Bool = false, running: Set<String> = [], platforms: [Platform] = []
    ) async throws -> [ImageRemoval] {
        let image = try resolve(name)
        return try await blocking.own { [self] in
            let (removals, remains) = try changes.withLock { _ in
                let removal = Removal(store: self, image: image.id, force: force, running: running)
                let outcome = try converting("remove \(name)") {
                    platforms.isEmpty ? try removal.run(name) : try removal.run(name, platforms: platforms)
                }
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
