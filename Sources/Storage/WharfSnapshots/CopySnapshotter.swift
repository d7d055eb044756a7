// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The plain driver: layers as in the other one, but a container's root is a copy of them. Slow and heavy, and right
// wherever overlay is not to be had; above all the second proof that the protocol can be kept.

public import WharfLinux
public import WharfOCI

/// Snapshots by copying. Hands out mounts of type bind.
public final class CopySnapshotter: Snapshotter {
    private let folder: SnapshotFolder

    public var driver: String { "copy" }

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
            try merge(below, into: folder.files(entry.number))
        }
        return try mounts(key)
    }

    /// A committed layer's merged view is copied for the occasion, into its folder.
    public func mounts(_ key: String) throws(SnapshotError) -> [Mount] {
        let entry = try folder.entry(key)
        switch entry.kind {
        case .partial: throw .wrongKind(key, .partial)
        case .active: return [Self.bind(folder.files(entry.number), "rw")]
        case .committed:
            let view = folder.path(entry.number) / "view"
            try system { () throws(SyscallError) in
                try view.removeTree()
                try view.mkdir(permissions: 0o755, parents: false)
            }
            try merge(folder.chain(key), into: view)
            return [Self.bind(view, "ro")]
        }
    }

    private static func bind(_ path: HostPath, _ access: String) -> Mount {
        Mount(destination: "", type: "bind", source: path.description, options: ["bind", access])
    }

    private func merge(_ chain: [SnapshotFolder.Entry], into target: HostPath) throws(SnapshotError) {
        try system { () throws(SyscallError) in
            let directory = try target.openDirectory()
            for layer in chain.reversed() { try copyLayer(folder.files(layer.number).openDirectory(), onto: directory) }
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
