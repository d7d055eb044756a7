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
import WharfOCI
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

    /// - Parameters:
    ///   - content, snapshots: for this store alone.
    ///   - metadata: shared with the other nouns.
    public init(
        content: any BlobStore, snapshots: any Snapshotter, metadata: MetadataStore, blocking: Blocking,
        logger: Logger = Logger(label: "images")
    ) {
        self.content = content
        self.snapshots = snapshots
        self.metadata = metadata
        self.blocking = blocking
        log = logger
    }

    /// Opens the stores below `root` (`content/`, `snapshots/`), reads the rows and drops what no row owns.
    ///
    /// - Parameter isDatabaseOld: the rows are of an older copy: what they don't own is kept.
    public static func open(
        root: HostPath, metadata: MetadataStore, blocking: Blocking, isDatabaseOld: Bool = false, logger: Logger = Logger(label: "images")
    ) async throws -> ImageStore {
        try await blocking.own {
            let store = try converting("images") {
                ImageStore(
                    content: try FileBlobStore(root / "content"), snapshots: try OverlaySnapshotter(root / "snapshots"), metadata: metadata,
                    blocking: blocking, logger: logger)
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
    public func inspect(_ name: String) async throws -> ImageDetails {
        let image = try resolve(name)
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
