// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the daemon's configuration says about images, and the table of what travels now.

/// Limits of an image store.
public struct ImageSettings: Sendable {
    /// Blobs that are downloaded at once, over all pulls (daemon.json `max-concurrent-downloads`).
    public var concurrentDownloads = 3
    /// Blobs that are uploaded at once, over all pushes (daemon.json `max-concurrent-uploads`).
    public var concurrentUploads = 5
    /// Layers that are unpacked at once, over all pulls.
    public var concurrentUnpacks = 3
    /// How long unfinished downloads wait for another attempt.
    public var downloadAge = Duration.seconds(7 * 24 * 3600)
    /// Bytes of unfinished downloads that are kept, the oldest go first; nil for a tenth of the file system, at most 10 GiB.
    public var keptDownloads: Int64?
    /// Below so many free bytes unfinished downloads go; nil for a twentieth of the file system, at most 2 GiB.
    public var freeSpace: Int64?

    public init() {}
}

/// What is under way between this host and registries, over all verbs.
final class Transfers: Sendable {
    let downloads: TransferSlots
    let uploads: TransferSlots
    let unpacks: TransferSlots
    let blobs = SharedTable<BlobFetch>()
    let layers = SharedTable<LayerFetch>()

    init(_ settings: ImageSettings) {
        downloads = TransferSlots(settings.concurrentDownloads)
        uploads = TransferSlots(settings.concurrentUploads)
        unpacks = TransferSlots(settings.concurrentUnpacks)
    }
}
