// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Mounts that show other owners than their source has (OCI runtime spec 1.2, config.md "Mounts", uidMappings): which
// maps a mount wants, and a user namespace that holds them. Mounts with the same maps share one.

import Glibc
import WharfLinux
import WharfOCI

/// The user namespaces for mapped mounts, made when they are first asked for.
struct OwnerMaps {
    private struct Maps: Hashable {
        let uids: [IDMapping]
        let gids: [IDMapping]
    }

    private var made: [Maps: Descriptor] = [:]

    /// The namespace whose maps shift the owners of `mount`; nil where it wants none.
    ///
    /// Its own maps, else those of the container's user namespace, as the options `idmap` and `ridmap` alone ask for.
    mutating func namespace(
        for mount: Mount, _ options: MountOptions, container: RuntimeSpec.Linux
    ) throws(RuntimeError) -> Descriptor? {
        func invalid(_ text: String) -> RuntimeError { PlannedMount.failure(mount, errno: EINVAL, text) }
        if mount.uidMappings.isEmpty != mount.gidMappings.isEmpty {
            throw invalid("uidMappings and gidMappings must be given together")
        }
        if !mount.uidMappings.isEmpty { return try namespace(mount, Maps(uids: mount.uidMappings, gids: mount.gidMappings)) }
        guard options.ownerMapping != nil else { return nil }
        guard let user = container.namespaces.first(where: { $0.type == "user" }) else {
            throw invalid("idmap without mappings needs a user namespace")
        }
        if !user.path.isEmpty {
            return try PlannedMount.attempt(mount) { () throws(SyscallError) in try Namespaces.open(HostPath(user.path)) }
        }
        return try namespace(mount, Maps(uids: container.uidMappings, gids: container.gidMappings))
    }

    private mutating func namespace(_ mount: Mount, _ maps: Maps) throws(RuntimeError) -> Descriptor {
        if let descriptor = made[maps] { return descriptor }
        for range in maps.uids + maps.gids
        where range.size == 0 || UInt32.max - range.size < max(range.containerID, range.hostID) {
            throw PlannedMount.failure(
                mount, errno: EINVAL, "the id mapping \(range.containerID):\(range.hostID):\(range.size) is not a range of ids")
        }
        let descriptor = try PlannedMount.attempt(mount) { () throws(SyscallError) in
            try makeMappingNamespace(uidMap: OwnerMaps.text(maps.uids), gidMap: OwnerMaps.text(maps.gids))
        }
        made[maps] = descriptor
        return descriptor
    }

    /// The lines of a map file.
    static func text(_ ranges: [IDMapping]) -> String {
        ranges.map { "\($0.containerID) \($0.hostID) \($0.size)\n" }.joined()
    }
}
