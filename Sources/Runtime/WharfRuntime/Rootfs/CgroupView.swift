// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a container sees of the control groups, decided by the maker, who can still name the host's hierarchies: its own
// group in each of them as a bind, which with a control group namespace looks like the whole. Only a namespace that is
// joined, whose root is not known here, makes init mount the hierarchies themselves.

import Glibc
import WharfCgroups
import WharfLinux
import WharfOCI

/// One directory at or below the place where the groups are mounted.
struct CgroupView {
    /// Where its content comes from.
    enum Source {
        case bind(MountFD)
        /// A file system that init mounts in the joined namespace.
        case fileSystem(type: String, parameters: [MountParameter])
    }

    /// The directory's name there, as on the host: `cpu,cpuacct`; empty for the place itself.
    let name: [UInt8]
    /// Links beside it: `cpu`, `cpuacct`.
    let aliases: [String]
    let source: Source

    var descriptor: Int32? {
        if case .bind(let mount) = source { return mount.descriptor.raw }
        return nil
    }
}

/// Opens what the mounts of a spec show.
struct CgroupViews {
    /// The container's groups; without any it stays in its maker's.
    let cgroup: (any CgroupManager)?
    let namespaces: [RuntimeSpec.Namespace]

    /// The views of one mount of type `cgroup` or `cgroup2`, with its attributes.
    func open(_ mount: Mount, _ options: MountOptions) throws(RuntimeError) -> [CgroupView] {
        try PlannedMount.attempt(mount) { () throws(SyscallError) -> [CgroupView] in
            let own = namespaces.first { $0.type == "cgroup" }
            let isJoined = own?.path.isEmpty == false
            // As runc mounts them, whatever the options leave out.
            let attributes = options.set.union([.noSetuid, .noDevices, .noExec])
            let isUnified = mount.type == "cgroup2" ? true : try hasOnlyUnified()
            if isUnified {
                if isJoined { return [CgroupView(name: [], aliases: [], source: .fileSystem(type: "cgroup2", parameters: []))] }
                return [CgroupView(name: [], aliases: [], source: .bind(try unified(isPrivate: own != nil, attributes)))]
            }
            if isJoined { return try CgroupHierarchies.current().v1.map(CgroupViews.joined) }
            var views: [CgroupView] = []
            for group in try groups() {
                let names = group.controllers.map(CgroupViews.plain)
                views.append(
                    CgroupView(
                        name: CgroupViews.joined(names), aliases: names.count > 1 ? names : [],
                        source: .bind(try CgroupViews.bind(group.path, attributes))))
            }
            return views
        }
    }

    private func hasOnlyUnified() throws(SyscallError) -> Bool {
        guard let cgroup else { return try CgroupHierarchies.current().version == .v2 }
        return cgroup.directories.count == 1 && cgroup.directories[0].controllers == ["unified"]
    }

    /// The version 2 hierarchy: the container's own group in a namespace of its own, else all of it, as processes then
    /// see their paths from the top.
    private func unified(isPrivate: Bool, _ attributes: MountAttributes) throws(SyscallError) -> MountFD {
        if isPrivate, let own = try groups().first(where: { $0.controllers == ["unified"] }) {
            return try CgroupViews.bind(own.path, attributes)
        }
        guard let top = try CgroupHierarchies.current().unified else {
            throw SyscallError("cgroup", "no version 2 hierarchy is mounted", errno: ENODEV)
        }
        return try CgroupViews.bind(top, attributes)
    }

    private static func joined(_ hierarchy: CgroupHierarchies.Controllers) -> CgroupView {
        let names = hierarchy.names.map(plain)
        let parameters = hierarchy.names.map { name in
            plain(name) == name ? MountParameter.flag(name) : .string("name", Array(plain(name).utf8))
        }
        // A named hierarchy has no controller, and says so.
        let isNamed = hierarchy.names.contains { plain($0) != $0 }
        return CgroupView(
            name: CgroupViews.joined(names), aliases: names.count > 1 ? names : [],
            source: .fileSystem(type: "cgroup", parameters: isNamed ? [.flag("none")] + parameters : parameters))
    }

    /// The container's groups, or those of this process when it gets none of its own.
    private func groups() throws(SyscallError) -> [CgroupDirectory] {
        if let cgroup { return cgroup.directories }
        return CurrentGroups.directories(try ProcFD().openSelf("cgroup").readAll(limit: 1 << 20), try CgroupHierarchies.current())
    }

    private static func bind(_ path: HostPath, _ attributes: MountAttributes) throws(SyscallError) -> MountFD {
        let mount = try MountFD.clone(at: path)
        try mount.change(set: attributes, propagation: .private)
        return mount
    }

    /// `cpu,cpuacct`
    private static func joined(_ names: [String]) -> [UInt8] {
        var bytes: [UInt8] = []
        for name in names {
            if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
            bytes += name.utf8
        }
        return bytes
    }

    /// A hierarchy's name without `name=`.
    private static func plain(_ name: String) -> String {
        name.utf8.starts(with: "name=".utf8) ? String(decoding: name.utf8.dropFirst(5), as: UTF8.self) : name
    }
}

/// Where a process stands in the hierarchies.
enum CurrentGroups {
    /// From the text of its /proc/PID/cgroup (cgroups(7)); hierarchies that are not mounted are left out.
    static func directories(_ text: [UInt8], _ hierarchies: CgroupHierarchies) -> [CgroupDirectory] {
        var found: [CgroupDirectory] = []
        for line in text.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let place: (names: [String], top: HostPath)?
            if fields[1].isEmpty {
                place = hierarchies.unified.map { (["unified"], $0) }
            } else {
                let names = Set(fields[1].split(separator: UInt8(ascii: ",")).map { String(decoding: $0, as: UTF8.self) })
                place = hierarchies.v1.first { Set($0.names) == names }.map { ($0.names, $0.mountPoint) }
            }
            guard let place else { continue }
            found.append(
                CgroupDirectory(controllers: place.names, mountPoint: place.top, inner: String(decoding: fields[2], as: UTF8.self)))
        }
        return found
    }
}
