// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Directories that a layer uses without having an entry for them. In the merged tree the upper layer's directory decides
// how it looks, so they take over owner, permissions, times and attributes of the same directory in the layer below:
// otherwise a layer with only `tmp/x` would take the sticky bit from `/tmp`.

import Glibc
public import WharfLinux

/// Gives implied directories of a layer the attributes that they have below it.
///
/// - Parameters:
///   - paths: from `ExtractSummary.impliedDirectories`.
///   - layer: the layer's tree.
///   - lowers: the layers below, topmost first.
public func inheritAttributes(_ paths: [[UInt8]], of layer: Descriptor, from lowers: [Descriptor]) throws(ArchiveError) {
    for path in paths {
        guard let below = try findBelow(path, lowers) else { continue }
        do {
            // The entry may have been replaced, or be a link's target: only a real directory at this very path inherits.
            let directory = try openBelow(layer, path, [.read, .directory], resolve: [.beneath, .noSymlinks, .noMagicLinks])
            let status = try below.status()
            try directory.setOwner(uid: status.uid, gid: status.gid)
            try directory.setPermissions(status.permissions)
            for name in try below.attributeNames() where !name.starts(with: "trusted.overlay.".utf8) {
                if let value = try below.attribute(name) { try directory.setAttribute(name, value) }
            }
            try directory.setTimes(accessed: status.accessed, modified: status.modified)
        } catch  where [ENOENT, ENOTDIR, ELOOP].contains(error.errno) {
            continue
        } catch {
            throw .system(entry: show(path), error)
        }
    }
}

/// The directory at `path` in the topmost layer that has something there; nil if that is no directory, or a layer on the
/// way hides it.
private func findBelow(_ path: [UInt8], _ lowers: [Descriptor]) throws(ArchiveError) -> Descriptor? {
    for lower in lowers {
        do {
            return try openBelow(lower, path, [.read, .directory], resolve: [.beneath, .noSymlinks, .noMagicLinks])
        } catch  where error.errno == ENOENT {
            // Not in this layer; an opaque directory on the way ends the search.
            if try isHidden(path, in: lower) { return nil }
        } catch  where [ENOTDIR, ELOOP].contains(error.errno) {
            return nil
        } catch {
            throw .system(entry: show(path), error)
        }
    }
    return nil
}

private func isHidden(_ path: [UInt8], in layer: Descriptor) throws(ArchiveError) -> Bool {
    var components = pathComponents(path)
    while components.popLast() != nil, !components.isEmpty {
        let parent = Array(components.joined(separator: [UInt8(ascii: "/")]))
        do {
            let directory = try openBelow(layer, parent, [.read, .directory], resolve: [.beneath, .noSymlinks, .noMagicLinks])
            if try directory.attribute("trusted.overlay.opaque") == Array("y".utf8) { return true }
        } catch  where error.errno == ENOENT {
            continue
        } catch {
            throw .system(entry: show(path), error)
        }
    }
    return false
}
