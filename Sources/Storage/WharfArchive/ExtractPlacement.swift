// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Unpacking into a directory of a tree instead of its root, as docker cp does: names are cleaned below that directory, links in
// them are still those of the whole tree.

import WharfError
import WharfLinux

/// Where entries go, and what of them counts.
public struct ExtractPlacement: Sendable {
    /// The directory below the root; it exists.
    public var directory: [UInt8]
    /// Whose all new files are; nil: as the archive says.
    public var owner: (uid: UInt32, gid: UInt32)?
    /// What is a directory stays one, and what is none does not become one.
    public var keepsKinds: Bool
    /// The first part of all names, and what it becomes. A first part `/` or `.` stands for no part: the other is put in front.
    public var rename: (from: [UInt8], to: [UInt8])?

    public init(directory: [UInt8], owner: (uid: UInt32, gid: UInt32)? = nil, keepsKinds: Bool = false) {
        self.directory = directory
        self.owner = owner
        self.keepsKinds = keepsKinds
    }
}

extension Extractor {
    /// Moves an entry below the directory.
    ///
    /// - Returns: false for the directory's own entry: it is the tree's, and stays as it is.
    /// - Throws: `unsafe` for a name that leads out of the directory; `stream` with Docker's text where a kind would change.
    func place(_ entry: inout TarEntry, _ placement: ExtractPlacement) throws(ArchiveError) -> Bool {
        let name = EntryPath(components: renamed(try EntryPath(entry.name).components, placement))
        guard !name.components.isEmpty else { return false }
        let base = try EntryPath(placement.directory).components
        entry.name = EntryPath(components: base + name.components).bytes
        if entry.kind == .hardLink {
            entry.linkName = EntryPath(components: base + renamed(try EntryPath(entry.linkName).components, placement)).bytes
        }
        if let owner = placement.owner { (entry.uid, entry.gid) = (owner.uid, owner.gid) }
        if placement.keepsKinds { try checkKind(entry, name, base) }
        return true
    }

    private func renamed(_ name: [[UInt8]], _ placement: ExtractPlacement) -> [[UInt8]] {
        guard let (from, to) = placement.rename else { return name }
        let new = to.elementsEqual(".".utf8) || to.elementsEqual("/".utf8) ? [] : [to]
        if from.elementsEqual(".".utf8) || from.elementsEqual("/".utf8) { return new + name }
        return name.first == from ? new + name.dropFirst() : name
    }

    private func checkKind(_ entry: TarEntry, _ name: EntryPath, _ base: [[UInt8]]) throws(ArchiveError) {
        // What can't be looked at is met again, and named, when the entry is made.
        guard let status = try? root.status(entry.name, followingLast: false) else { return }
        let isDirectory = entry.kind == .directory
        guard (status.kind == .directory) != isDirectory else { return }
        let (there, what) = isDirectory ? ("non-directory", "directory") : ("directory", "non-directory")
        let path = "/" + displayPath(entry.name)
        let into = base.isEmpty ? "/" : "/" + displayPath(EntryPath(components: base).bytes)
        throw .stream(WharfError(.invalidArgument, "cannot overwrite \(there) \"\(path)\" with \(what) \"\(into)\""))
    }
}
