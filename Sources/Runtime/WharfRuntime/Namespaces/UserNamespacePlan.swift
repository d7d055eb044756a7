// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The user namespace of a container: a new one with its maps, or one that is joined. Everything else in the runtime asks
// here which of the host's users stands behind one of the container's.

import Glibc
import WharfLinux
import WharfOCI

/// Which users a container has.
struct UserNamespacePlan {
    /// A new one; else it is joined, and the maps are not known here.
    let isNew: Bool
    let uids: [IDMapping]
    let gids: [IDMapping]

    /// nil where the spec has no user namespace. Throws for maps that can't be.
    init?(_ linux: RuntimeSpec.Linux, _ namespaces: NamespacePlan) throws(RuntimeError) {
        guard let namespace = linux.namespaces.first(where: { $0.type == "user" }) else {
            guard linux.uidMappings.isEmpty, linux.gidMappings.isEmpty else {
                throw RuntimeError(
                    step: "spec", errno: EINVAL, text: "user namespace mappings are given, but the spec has no user namespace")
            }
            return nil
        }
        if !namespace.path.isEmpty && namespaces.user == nil {
            guard linux.uidMappings.isEmpty, linux.gidMappings.isEmpty else {
                throw RuntimeError(
                    step: "spec", errno: EINVAL, text: "user namespace mappings are given for \(namespace.path), the runtime's own users")
            }
            return nil
        }
        isNew = namespace.path.isEmpty
        (uids, gids) = (linux.uidMappings, linux.gidMappings)
        try UserNamespacePlan.check(uids, "uidMappings", isNeeded: isNew)
        try UserNamespacePlan.check(gids, "gidMappings", isNeeded: isNew)
    }

    /// The host's id behind one of the container's; nil when the map has none.
    static func host(_ id: UInt32, _ map: [IDMapping]) -> UInt32? {
        for range in map where id >= range.containerID && id - range.containerID < range.size {
            return range.hostID + (id - range.containerID)
        }
        return nil
    }

    /// The kernel refuses all of this too, with one number for everything.
    private static func check(_ map: [IDMapping], _ name: String, isNeeded: Bool) throws(RuntimeError) {
        func invalid(_ text: String) -> RuntimeError { RuntimeError(step: "spec", errno: EINVAL, text: text) }
        if map.isEmpty && isNeeded { throw invalid("a new user namespace needs \(name)") }
        // UID_GID_MAP_MAX_EXTENTS of the kernel.
        if map.count > 340 { throw invalid("\(name) has more than 340 ranges") }
        for (index, range) in map.enumerated() {
            let text = "\(name) range \(range.containerID):\(range.hostID):\(range.size)"
            if range.size == 0 { throw invalid("\(text) is empty") }
            if UInt32.max - range.size < range.containerID || UInt32.max - range.size < range.hostID {
                throw invalid("\(text) goes beyond the last id")
            }
            for other in map[..<index] {
                let apart = { (first: UInt32, second: UInt32) in
                    first >= second ? first - second >= other.size : second - first >= range.size
                }
                guard apart(range.containerID, other.containerID), apart(range.hostID, other.hostID) else {
                    throw invalid("\(text) overlaps with another one")
                }
            }
        }
    }
}
