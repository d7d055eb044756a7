// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Trees of files by key: the protocol. It keeps layers and the root file systems made of them, says how they would be
// mounted, and never mounts. Who refers to a snapshot is a row in the metadata; the driver only refuses to remove a
// layer that another snapshot stands on.
//
// A layer's life: `prepareLayer(key)` gives an empty tree, the caller fills it with a diff in overlay's form (whiteouts
// are character devices 0:0, opaque directories carry `trusted.overlay.opaque`), `commitLayer` names it by its chainID
// and says which layer it stands on. A container's root: `prepare(key, parent)` on top of a layer, `mounts(key)` whenever
// it is to be mounted, `remove(key)` or, where files are many, `detach(key)` and later the rest.

public import WharfLinux
public import WharfOCI

/// Layers and writable trees on top of them.
///
/// Synchronous: every call may block on the disk. Safe to use from several threads. Keys are `[A-Za-z0-9._:+-]`, at most
/// 255 bytes: a chainID or a container's id.
public protocol Snapshotter: Sendable {
    /// The name of the driver, as `docker info` shows it.
    var driver: String { get }

    /// Makes an empty tree for a layer's diff and opens it.
    /// - Throws: `exists`.
    func prepareLayer(_ key: String) throws(SnapshotError) -> Descriptor

    /// Names a filled layer and sets what it stands on. The caller has flushed its files (`synchronize`); the record is
    /// flushed here.
    ///
    /// - Throws: `exists` if the name is taken (the layer stays under `key`), `notFound` for `key` or `parent`.
    func commitLayer(_ key: String, as name: String, parent: String?) throws(SnapshotError)

    /// Makes a writable tree on top of a committed layer, or of nothing.
    /// - Returns: what to mount.
    func prepare(_ key: String, parent: String?) throws(SnapshotError) -> [Mount]

    /// What to mount for a writable tree, or for a committed layer (then read-only).
    func mounts(_ key: String) throws(SnapshotError) -> [Mount]

    /// The directories of a layer and everything below it, the layer first: for those who read layers one by one.
    func layers(_ key: String) throws(SnapshotError) -> [HostPath]

    /// Takes a snapshot of any kind out of the store: its key is free at once, its files wait to be removed.
    ///
    /// - Returns: nil if there is none.
    /// - Throws: `inUse` while another snapshot stands on it.
    func detach(_ key: String) throws(SnapshotError) -> SnapshotRemains?

    /// What was half-made, or half removed, when the store was opened: files to be removed, once.
    func takeLeftovers() -> [SnapshotRemains]

    /// What is known of one snapshot, nil if there is none.
    func status(_ key: String) -> SnapshotStatus?

    /// All snapshots, in no order.
    func list() -> [SnapshotStatus]

    /// What a snapshot itself holds, without what it stands on. Walks its files.
    func usage(_ key: String) throws(SnapshotError) -> SnapshotUsage

    /// Flushes all files of all snapshots to the disk, in one go.
    func synchronize() throws(SnapshotError)
}

extension Snapshotter {
    /// Removes a snapshot of any kind with its files. A missing one is not an error.
    /// - Throws: `inUse` while another snapshot stands on it.
    public func remove(_ key: String) throws(SnapshotError) { try detach(key)?.remove() }
}

/// What a snapshot is.
public enum SnapshotKind: String, Sendable {
    /// A layer that is still being filled. Does not survive a restart.
    case partial
    /// A layer with its final name.
    case committed
    /// A writable tree.
    case active
}

/// A snapshot as the driver knows it.
public struct SnapshotStatus: Sendable, Hashable {
    public let key: String
    public let kind: SnapshotKind
    /// The layer that it stands on.
    public let parent: String?

    public init(key: String, kind: SnapshotKind, parent: String?) {
        self.key = key
        self.kind = kind
        self.parent = parent
    }
}

/// What files take.
public struct SnapshotUsage: Sendable, Hashable {
    /// Allocated bytes; an inode with several names counts once.
    public var bytes: Int64 = 0
    public var inodes: Int64 = 0

    public init() {}
}
