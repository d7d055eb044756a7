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
    let directories: [CgroupDirectory]
    private let roots: [HostPath]

    /// Hierarchies without a limit that Wharf sets, which containers stay out of: each join is a slow write.
    private static let unused = ["name=", "perf_event", "net_cls", "net_prio", "hugetlb", "rdma", "misc", "debug"]

    init(path: String, hierarchies: CgroupHierarchies) {
        var found: [CgroupDirectory] = []
        var roots: [HostPath] = []
        for hierarchy in hierarchies.v1 {
            let used = hierarchy.names.contains { name in !CgroupV1.unused.contains { name.utf8.starts(with: $0.utf8) } }
            if !used { continue }
            found.append(CgroupDirectory(controllers: hierarchy.names, path: HostPath(hierarchy.mountPoint.pathBytes + path.utf8)))
            roots.append(hierarchy.mountPoint)
        }
        if let unified = hierarchies.unified {
            found.append(CgroupDirectory(controllers: ["unified"], path: HostPath(unified.pathBytes + path.utf8)))
            roots.append(unified)
        }
        directories = found
        self.roots = roots
    }

    /// The directory where `controller` lives.
    func directory(of controller: String) -> CgroupDirectory? { directories.first { $0.controllers.contains(controller) } }

    func create() throws(SyscallError) {
        for (directory, root) in zip(directories, roots) {
            try directory.path.mkdir(permissions: 0o755)
            if directory.controllers.contains("cpuset") { try fillCpuset(directory.path, root: root) }
        }
    }

    /// A cpuset without processors takes no process, so each level takes over its parent's list first.
    private func fillCpuset(_ path: HostPath, root: HostPath) throws(SyscallError) {
        if path == root || path.pathBytes.count <= root.pathBytes.count { return }
        try fillCpuset(path.parent, root: root)
        let (here, above) = (CgroupDirectory(controllers: [], path: path), CgroupDirectory(controllers: [], path: path.parent))
        for file in ["cpuset.cpus", "cpuset.mems"] where try here.read(file).isEmpty {
            try here.write(file, try above.read(file))
        }
    }

    func add(_ pid: Int32) throws(SyscallError) {
        for directory in directories { try directory.write("cgroup.procs", "\(pid)") }
    }

    func processes() throws(SyscallError) -> [Int32] {
        guard let directory = directory(of: "unified") ?? directory(of: "pids") ?? directories.first else { return [] }
        return try directory.processes()
    }

    func freeze(timeout: Duration) throws(SyscallError) {
        if let unified = directory(of: "unified"), unified.has("cgroup.freeze") { return try unified.freezeUnified(timeout: timeout) }
        guard let freezer = directory(of: "freezer") else { throw SyscallError("cgroup", "freezer", errno: ENODEV) }
        let deadline = KernelClock.monotonic() + timeout
        try freezer.write("freezer.state", "FROZEN")
        // FREEZING until the last task has stopped; the kernel sends no event. Writing again catches a task that was
        // forked meanwhile.
        while try freezer.read("freezer.state") != "FROZEN" {
            if KernelClock.monotonic() > deadline {
                try thaw()
                throw SyscallError("freezer", freezer.path.description, errno: ETIMEDOUT)
            }
            try CgroupDirectory.pause(.milliseconds(1))
            try freezer.write("freezer.state", "FROZEN")
        }
    }

    func thaw() throws(SyscallError) {
        if let unified = directory(of: "unified"), unified.has("cgroup.freeze") { return try unified.write("cgroup.freeze", "0") }
        guard let freezer = directory(of: "freezer") else { throw SyscallError("cgroup", "freezer", errno: ENODEV) }
        try freezer.write("freezer.state", "THAWED")
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
        for directory in directories { try directory.remove(deadline: deadline) }
    }

    func watchOOM() throws(SyscallError) -> OOMWatch? {
        guard let memory = directory(of: "memory"), memory.has("memory.oom_control") else { return nil }
        return try OOMWatch(v1: memory)
    }

    func cloneTarget() throws(SyscallError) -> Descriptor? { nil }

    func apply(_ resources: RuntimeSpec.Resources) throws(SyscallError) -> [String] {
        var writer = ResourceWriter { controller in directory(of: controller) }
        try writer.applyV1(resources)
        return writer.warnings
    }
}

/// Runs a clean-up step on a group that may be gone already.
func ignoringMissing(_ body: () throws(SyscallError) -> Void) throws(SyscallError) {
    do { try body() } catch  where error.errno == ENOENT || error.errno == ENODEV { return }
}
