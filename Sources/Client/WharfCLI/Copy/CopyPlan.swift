// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Which directory an archive is unpacked in, and what its first name becomes: docker's rules for all kinds of ends (moby,
// archive/copy.go, PrepareArchiveCopy). Pure.

/// One end of a copy.
struct CopyEnd: Sendable, Equatable {
    var path: String
    var exists = false
    var isDirectory = false
    /// The name that its contents keep although the path leads elsewhere.
    var rebasedName: String?
}

/// What to unpack where.
struct CopyPlan: Sendable, Equatable {
    /// Exists.
    let directory: String
    /// The first part of the archive's names, and what it becomes; nil: as they are.
    let rename: (from: String, to: String)?

    static func == (left: CopyPlan, right: CopyPlan) -> Bool {
        left.directory == right.directory && left.rename?.from == right.rename?.from && left.rename?.to == right.rename?.to
    }

    /// - Throws: with docker's text where a directory would become a file, or a file lies where a directory was said to be.
    init(from source: CopyEnd, to target: CopyEnd) throws {
        if target.exists, target.isDirectory {
            directory = target.path
            rename = source.rebasedName.map { (CopyPath.base(source.path), $0) }
            return
        }
        if target.exists, source.isDirectory { throw ExitError("cannot copy directory") }
        if !target.exists, !source.isDirectory, CopyPath.assertsDirectory(target.path) { throw ExitError("no such directory") }
        directory = CopyPath.parent(target.path)
        rename = (CopyPath.base(source.path), CopyPath.base(target.path))
    }

    /// What the first entry of an archive of `source` is called when it is written here.
    func name(of source: CopyEnd) -> String { rename?.to ?? CopyPath.base(source.path) }
}
