// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Removing a tree by descriptors: no path is built, no link followed, no mount crossed, and neither the depth nor the
// width of a hostile tree costs stack or descriptors.

import CWharfLinux
import Glibc

/// Removes the entry `name` of `parent` and everything below it. A missing name is not an error; a mount point inside
/// is EXDEV or EBUSY and stays.
///
/// Directories deeper than a bound are first moved to the top of the tree, under a name that no entry has.
public func removeTree(in parent: Descriptor, _ name: some KernelPath) throws(SyscallError) {
    if try removeEntry(parent, name.pathBytes, directory: false) { return }
    let top: Descriptor
    do {
        top = try openBelow(parent, name, [.read, .directory, .noFollow], resolve: [.beneath, .noSymlinks, .noCrossing])
    } catch  where error.errno == ENOENT {
        return
    }
    var removal = TreeRemoval(top: top)
    try removal.empty()
    _ = try removeEntry(parent, name.pathBytes, directory: true)
}

/// Removes everything below `directory`, which must be open for reading, and keeps the directory itself.
public func removeContents(of directory: Descriptor) throws(SyscallError) {
    var removal = TreeRemoval(top: directory)
    try removal.empty()
}

/// unlinkat. False when the entry is a directory and `directory` was not asked for.
private func removeEntry(_ parent: Descriptor, _ name: [UInt8], directory: Bool) throws(SyscallError) -> Bool {
    do {
        try withPath(name, call: "unlinkat") { text throws(SyscallError) in
            try syscall("unlinkat", displayPath(name)) { unlinkat(parent.raw, text, directory ? AT_REMOVEDIR : 0) }
        }
        return true
    } catch {
        // Linux says EISDIR for a directory, other file systems EPERM as POSIX has it.
        if !directory && (error.errno == EISDIR || error.errno == EPERM) { return false }
        if error.errno == ENOENT { return true }
        throw error
    }
}

/// The walk: a stack of open directories, each with the names still to do.
private struct TreeRemoval {
    private struct Level {
        let directory: Descriptor
        let name: [UInt8]
        var names: [DirectoryEntry]
    }

    /// Open directories at once. Deeper ones are moved up.
    private static let maximumDepth = 64

    private let top: Descriptor
    private var moved = 0

    init(top: Descriptor) { self.top = top }

    mutating func empty() throws(SyscallError) {
        // A pass may leave moved directories behind at the top, so it is repeated until the top is empty.
        while true {
            let names = try top.directoryEntries()
            if names.isEmpty { return }
            try pass(names)
        }
    }

    private mutating func pass(_ names: [DirectoryEntry]) throws(SyscallError) {
        var stack = [Level(directory: top, name: [], names: names)]
        while !stack.isEmpty {
            guard let entry = stack[stack.count - 1].names.popLast() else {
                let done = stack.removeLast()
                if let above = stack.last { _ = try removeEntry(above.directory, done.name, directory: true) }
                continue
            }
            let here = stack[stack.count - 1].directory
            if entry.kind != .directory, try removeEntry(here, entry.name, directory: false) { continue }
            if stack.count >= TreeRemoval.maximumDepth, try moveUp(entry.name, from: here) { continue }
            let next: Descriptor
            do {
                next = try openBelow(here, entry.name, [.read, .directory, .noFollow], resolve: [.beneath, .noSymlinks, .noCrossing])
            } catch  where error.errno == ENOENT {
                continue
            }
            stack.append(Level(directory: next, name: entry.name, names: try next.directoryEntries()))
        }
    }

    /// Renames a deep directory to a free name at the top; false where that is not possible.
    private mutating func moveUp(_ name: [UInt8], from here: Descriptor) throws(SyscallError) -> Bool {
        while true {
            moved += 1
            do {
                try renameEntry(here, name, top, ".wharf-deep-\(moved)", replacing: false)
                return true
            } catch  where error.errno == EEXIST {
                continue
            } catch  where error.errno == ENOENT {
                return true
            } catch  where error.errno == EINVAL {
                // The file system knows no RENAME_NOREPLACE: go down instead.
                return false
            }
        }
    }
}
