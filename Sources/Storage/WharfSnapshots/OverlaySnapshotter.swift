// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The driver for production: layers are lower directories, a container's changes an upper one.

public import WharfLinux
public import WharfOCI

/// Snapshots for overlayfs. Hands out mounts of type overlay (see `OverlayLayers`).
public final class OverlaySnapshotter: Snapshotter {
    private let folder: SnapshotFolder

    public var driver: String { "overlay" }

    /// Opens the store at `root`, making it where it is missing (mode 0700), and finds what is half-made (`takeLeftovers`).
    public init(_ root: HostPath) throws(SnapshotError) {
        folder = try SnapshotFolder(root)
    }

    public func prepareLayer(_ key: String) throws(SnapshotError) -> Descriptor { try folder.prepareLayer(key) }

    public func commitLayer(_ key: String, as name: String, parent: String?) throws(SnapshotError) {
        try folder.commit(key, as: name, parent: parent)
    }

    public func prepare(_ key: String, parent: String?) throws(SnapshotError) -> [Mount] {
        let below = try parent.map { key throws(SnapshotError) in try folder.chain(key) } ?? []
        try folder.make(key, kind: .active, parent: parent) { entry throws(SnapshotError) in
            // The merged root shows the upper directory's mode and owner.
            if let top = below.first { try folder.copyRootAttributes(from: top, to: entry) }
        }
        return try mounts(key)
    }

    public func mounts(_ key: String) throws(SnapshotError) -> [Mount] {
        let entry = try folder.entry(key)
        switch entry.kind {
        case .partial: throw .wrongKind(key, .partial)
        case .committed:
            var lowers = try folder.chain(key).map { folder.files($0.number).description }
            // Overlay takes no single lower directory without an upper one.
            if lowers.count == 1 { lowers.append((folder.root / "empty").description) }
            return [OverlayLayers(lowers: lowers, upper: nil, work: nil).mount]
        case .active:
            var lowers =
                try entry.parent.map { key throws(SnapshotError) in try folder.chain(key) }?.map { folder.files($0.number).description }
                ?? []
            if lowers.isEmpty { lowers = [(folder.root / "empty").description] }
            let upper = folder.files(entry.number).description
            return [OverlayLayers(lowers: lowers, upper: upper, work: (folder.path(entry.number) / "work").description).mount]
        }
    }

    public func layers(_ key: String) throws(SnapshotError) -> [HostPath] { try folder.chain(key).map { folder.files($0.number) } }
    public func detach(_ key: String) throws(SnapshotError) -> SnapshotRemains? { try folder.detach(key) }
    public func takeLeftovers() -> [SnapshotRemains] { folder.takeLeftovers() }
    public func status(_ key: String) -> SnapshotStatus? { folder.status(key) }
    public func list() -> [SnapshotStatus] { folder.list() }
    public func usage(_ key: String) throws(SnapshotError) -> SnapshotUsage { try folder.usage(key) }
    public func synchronize() throws(SnapshotError) { try folder.synchronize() }
}
