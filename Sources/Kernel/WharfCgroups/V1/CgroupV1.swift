// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Version 1: a directory in each hierarchy. On a hybrid host the version 2 hierarchy, which has no main controllers
// there, is joined too: it can kill and freeze a whole group with one write.

import Glibc
import WharfLinux
import WharfOCI

/// A container's groups on a version 1 or hybrid host.
struct CgroupV1: CgroupManager {
    /// A directory in one hierarchy.
    struct Place {
        let directory: CgroupDirectory
        let mountPoint: HostPath
        /// Made and joined only when a limit needs it: each join is a slow write.
        let isLazy: Bool
    }

    let places: [Place]

    /// Hierarchies without any limit, which containers stay out of.
    private static let unused = ["name=", "perf_event", "misc", "debug"]
    private static let lazy = ["net_cls", "net_prio", "hugetlb", "rdma"]

    /// Those of a hierarchy's controllers that a container's limits can need.
    static func used(_ names: [String]) -> [String] { names.filter { name in !unused.contains { name.utf8.starts(with: $0.utf8) } } }

    init(places: [Place]) { self.places = places }

    init(path: String, hierarchies: CgroupHierarchies) {
        var places: [Place] = []
        for hierarchy in hierarchies.v1 {
            let used = CgroupV1.used(hierarchy.names)
            if used.isEmpty { continue }
            places.append(
                Place(
                    directory: CgroupDirectory(
                        controllers: hierarchy.names, mountPoint: hierarchy.mountPoint, inner: path),
                    mountPoint: hierarchy.mountPoint, isLazy: used.allSatisfy(CgroupV1.lazy.contains)))
        }
        if let unified = hierarchies.unified {
            places.append(
                Place(
                    directory: CgroupDirectory(
                        controllers: ["unified"], mountPoint: unified, inner: path), mountPoint: unified,
                    isLazy: false))
        }
        self.init(places: places)
    }

    var directories: [CgroupDirectory] {
        // What can't be looked at can't be used either.
        places.filter { !$0.isLazy || (try? $0.directory.path.exists()) == true }.map(\.directory)
    }

    /// The directory where `controller` lives; it may not have been made yet.
    func directory(of controller: String) -> CgroupDirectory? {
        places.first { $0.directory.controllers.contains(controller) }?.directory
    }

    func create() throws(SyscallError) {
        var made: [HostPath] = []
        do {
            for place in places where !place.isLazy { try make(place, &made) }
        } catch {
            // The first error is the one to tell; an empty group does no harm.
            for path in made.reversed() { try? path.rmdir() }
            throw error
        }
    }

    private func make(_ place: Place, _ made: inout [HostPath]) throws(SyscallError) {
        let existed = try place.directory.make(below: place.mountPoint, &made)
        if existed { try place.directory.requireEmpty() }
        if place.directory.controllers.contains("cpuset") {
            try fillCpuset(place.directory.path, root: place.mountPoint, isNew: !existed)
        }
    }

    /// A cpuset without processors takes no process, so each level takes over its parent's list first.
    private func fillCpuset(_ path: HostPath, root: HostPath, isNew: Bool) throws(SyscallError) {
        if path.pathBytes.count <= root.pathBytes.count { return }
        let here = CgroupDirectory(path)
        do { _ = try fill(here, ["cpuset.cpus", "cpuset.mems"], root: root, isNew: isNew) } catch  where error.errno == ENOENT {
            // Mounted with noprefix.
            _ = try fill(here, ["cpus", "mems"], root: root, isNew: isNew)
        }
    }

    /// The lists in `files`, the parent's written over empty ones. In a new group nobody needs to look: they are empty, or
    /// the parent's already.
    private func fill(_ here: CgroupDirectory, _ files: [String], root: HostPath, isNew: Bool = false) throws(SyscallError) -> [String] {
        var lists: [String] = []
        for file in files { lists.append(isNew ? "" : try here.read(file)) }
        if !lists.contains(where: \.isEmpty) || here.path.pathBytes.count <= root.pathBytes.count { return lists }
        let above = try fill(CgroupDirectory(here.path.parent), files, root: root)
        for index in files.indices where lists[index].isEmpty {
            try here.write(files[index], above[index])
            lists[index] = above[index]
        }
        return lists
    }

    func add(_ pid: Int32) throws(SyscallError) {
        for directory in directories { try directory.join(pid) }
    }

    func processes() throws(SyscallError) -> [Int32] {
        guard let directory = directory(of: "unified") ?? directory(of: "pids") ?? places.first?.directory else { return [] }
        return try directory.processes()
    }

    func killAll(timeout: Duration) throws(SyscallError) {
        let deadline = KernelClock.monotonic() + timeout
        try directory(of: "unified")?.killUnified(deadline: deadline)
        // A process that the old freezer holds takes the signal when it is thawed.
        if let freezer = directory(of: "freezer") {
            try ignoringMissing { () throws(SyscallError) in
                if try freezer.read("freezer.state") != "THAWED" { try freezer.write("freezer.state", "THAWED") }
            }
        }
        for directory in directories where directory.controllers.contains("pids") || directory.controllers.contains("unified") {
            try directory.killEach(deadline: deadline)
        }
    }

    func delete(timeout: Duration) throws(SyscallError) {
        let deadline = KernelClock.monotonic() + timeout
        for place in places { try place.directory.remove(deadline: deadline) }
    }

    func watchOOM() throws(SyscallError) -> OOMWatch? {
        guard let memory = directory(of: "memory"), memory.has("memory.oom_control") else { return nil }
        return try OOMWatch(v1: memory)
    }

    func cloneTarget() throws(SyscallError) -> Descriptor? { nil }

    func stats() throws(SyscallError) -> CgroupStats { try StatsReader { directory(of: $0) }.readV1() }

    func subgroup(_ paths: CgroupSubpaths) throws(SyscallError) -> any CgroupManager {
        let known = places.flatMap(\.directory.controllers)
        if let name = paths.unknown(among: known) {
            throw SyscallError("cgroup", "controller \(name) is not available for a sub-group", errno: ENODEV)
        }
        var found: [Place] = []
        for place in places {
            guard let sub = paths.path(for: place.directory.controllers) else {
                found.append(place)
                continue
            }
            if place.isLazy, try !place.directory.path.exists() { continue }
            found.append(Place(directory: try place.directory.existing(below: sub), mountPoint: place.mountPoint, isLazy: false))
        }
        return CgroupV1(places: found)
    }

    func group(beside process: PidFD) throws(SyscallError) -> any CgroupManager { self }
}

/// Runs a clean-up step on a group that may be gone already.
func ignoringMissing(_ body: () throws(SyscallError) -> Void) throws(SyscallError) {
    do { try body() } catch  where error.errno == ENOENT || error.errno == ENODEV { return }
}
