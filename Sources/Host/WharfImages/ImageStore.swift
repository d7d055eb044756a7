// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The images noun: names and ids to images, images to root file systems. It stands between the engine, whose words it does
// not know, and the stores: blobs in WharfContent, layers in WharfSnapshots, rows in WharfMetadata.
//
// What makes an image real is its row. Order of a change that adds: blobs and layers written under private names, one
// flush of the file system, names, rows, view. Order of a change that removes: rows, view, names. A crash in between leaves
// things without a row, which the next start drops.

public import Logging
import Synchronization
public import WharfBlocking
public import WharfContent
public import WharfError
import WharfJSON
public import WharfLinux
public import WharfMetadata
public import WharfOCI
public import WharfRegistryClient
public import WharfSnapshots

/// Every image of this host. One instance per daemon; each public method is the front of a verb in a file of its own.
public final class ImageStore: Sendable {
    let content: any BlobStore
    let snapshots: any Snapshotter
    let metadata: MetadataStore
    let blocking: Blocking
    let log: Logger
    let table = Mutex(ImageTable())
    /// Held while rows and names change together; never while bytes are copied, flushed or unpacked.
    let changes = Mutex(())
    /// Nil in a store that never asks a registry.
    let registries: (any RegistryAccess)?
    let settings: ImageSettings
    /// Removes the files of layers that are gone.
    let cleaner: LayerCleaner
    /// Gets layers to the disk while others are unpacked.
    let flush = BackgroundFlush()
    /// What pulls and pushes have under way.
    let transfers: Transfers
    /// Where the stores lie, to see how full the disk is; nil for stores in memory.
    let root: HostPath?

    /// - Parameters:
    ///   - content, snapshots: for this store alone.
    ///   - metadata: shared with the other nouns.
    ///   - registries: for pull, push and search.
    ///   - root: the folder of the stores.
    public init(
        content: any BlobStore, snapshots: any Snapshotter, metadata: MetadataStore, blocking: Blocking,
        registries: (any RegistryAccess)? = nil, settings: ImageSettings = ImageSettings(), root: HostPath? = nil,
        logger: Logger = Logger(label: "images")
    ) {
        self.content = content
        self.snapshots = snapshots
        self.metadata = metadata
        self.blocking = blocking
        self.registries = registries
        self.settings = settings
        self.root = root
        transfers = Transfers(settings)
        cleaner = LayerCleaner(logger)
        log = logger
    }

    /// Opens the stores below `root` (`content/`, `snapshots/`), reads the rows and drops what no row owns.
    ///
    /// - Parameters:
    ///   - isDatabaseOld: the rows are of an older copy: what they don't own is kept.
    ///   - registries: for pull, push and search.
    public static func open(
        root: HostPath, metadata: MetadataStore, blocking: Blocking, isDatabaseOld: Bool = false,
        registries: (any RegistryAccess)? = nil, settings: ImageSettings = ImageSettings(), logger: Logger = Logger(label: "images")
    ) async throws -> ImageStore {
        try await blocking.own {
            let store = try converting("images") {
                ImageStore(
                    content: try FileBlobStore(root / "content"), snapshots: try OverlaySnapshotter(root / "snapshots"), metadata: metadata,
                    blocking: blocking, registries: registries, settings: settings, root: root, logger: logger)
            }
            try store.restore(keepingUnowned: isDatabaseOld)
            return store
        }
    }

    /// The snapshot driver's name.
    public var driver: String { snapshots.driver }

    /// All images, the newest first.
    public func list() -> [Image] {
        table.withLock { table in table.images.keys.compactMap { table.image($0) } }
            .sorted { ($0.created, $1.id.hex) > ($1.created, $0.id.hex) }
    }

    /// Finds an image by name, whole id or a prefix of it that is no other's.
    ///
    /// - Throws: `notFound` with Docker's text `No such image: busybox:latest`; `invalidArgument` for what can't be a name.
    public func resolve(_ name: String) throws(WharfError) -> Image {
        let parsed: ImageName
        do { parsed = try ImageName.parse(name) } catch { throw WharfError(.invalidArgument, error.description, cause: error) }
        let image = table.withLock { table -> Image? in
            switch parsed {
            case .id(let digest): return table.image(digest)
            case .reference(let reference): return (table.target(reference) ?? table.search(name)).flatMap { table.image($0) }
            }
        }
        if let image { return image }
        let shown =
            switch parsed {
            case .id(let digest): digest.description
            case .reference(let reference): reference.familiar
            }
        throw WharfError(.notFound, "No such image: \(shown)")
    }

    /// An image with its configuration document, read from its blob.
    ///
    /// - Throws: as `resolve`; `dataLoss` if the document is gone or damaged.
    public func inspect(_ name: String, platform: Platform? = nil) async throws -> ImageDetails {
        let image = try resolve(name, platform: platform)
        return try await blocking.own { [self] in ImageDetails(image: image, config: try config(image.id)) }
    }

    /// The configuration document. Blocks.
    func config(_ id: Digest) throws(WharfError) -> ImageConfig {
        let bytes: [UInt8]
        do {
            bytes = try content.readAll(id, limit: ImageConfig.limits.bytes)
        } catch {
            throw WharfError(.dataLoss, "image \(id): its configuration can't be read: \(error)", cause: error)
        }
        guard ContentHasher.digest(of: bytes, id.algorithm) == id else {
            throw WharfError(.dataLoss, "image \(id): its configuration is not what was stored")
        }
        do { return try ImageConfig.parse(bytes) } catch { throw WharfError(.dataLoss, "image \(id): \(error)", cause: error) }
    }
}
