// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `prune`: images that no container uses go, by the same rules as one by one; unfinished downloads go with them, because
// whoever prunes wants room.

import Logging
import Synchronization
import WharfBlocking
import WharfError
import WharfMetadata
import WharfOCI

extension ImageStore {
    /// Removes images that nothing uses.
    ///
    /// - Returns: what went. An image that comes into use meanwhile stays without an error.
    public func prune(_ options: PruneOptions) async throws -> PruneResult {
        let result: PruneResult = try await blocking.own { [self] in
            try converting("prune images") {
                let used = try usedImages()
                var result = PruneResult()
                // Further platforms of a name go with it.
                for image in list() where !used.contains(image.id) && !image.isVariant && options.includes(image) {
                    if let until = options.until, image.created > until { continue }
                    if options.danglingOnly, image.references.contains(where: { $0.tag != nil }) { continue }
                    guard let (removals, size) = try removeUnused(image) else { continue }
                    result.removals.append(PrunedImage(image: image, removals: removals))
                    result.reclaimed += size
                }
                result.reclaimed += try discardDownloads { _ in true }
                return result
            }
        }
        // Whoever prunes wants the room that he is told of.
        await cleaner.finish()
        return result
    }

    /// Ids of the images that containers hold.
    func usedImages() throws -> Set<Digest> {
        let kind = ImageRecord.kind
        return Set(try metadata.read { try $0.heldIDs(kind: kind) }.compactMap { Digest($0) })
    }
}
