// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Version 2: one directory, controllers switched on from the root down (kernel documentation, admin-guide/cgroup-v2).

import Glibc
import WharfLinux
import WharfOCI

/// A container's group on a version 2 host.
struct CgroupV2: CgroupManager {
    private let root: HostPath
    private let directory: CgroupDirectory

    init(path: String, hierarchies: CgroupHierarchies) throws(SyscallError) {
        guard let root = hierarchies.unified else { throw SyscallError("cgroup", path, errno: ENODEV) }
        self.init(root: root, directory: CgroupDirectory(controllers: ["unified"], mountPoint: root, inner: path))
    }

    private init(root: HostPath, directory: CgroupDirectory) {
        (self.root, self.directory) = (root, directory)
    }

    var directories: [CgroupDirectory] { [directory] }

    func create() throws(SyscallError) {
        var made: [HostPath] = []
        do throws(SyscallError) {
            var here = CgroupDirectory(root)
            var existed = true
            for component in pathComponents(directory.inner) {
                try here.enableControllers()
                here = CgroupDirectory(here.path / component)
                existed = try here.makeOne(&made)
            }
            if existed { try directory.requireEmpty() }
            try joinThreaded()
        } catch {
            // The first error is the one to tell; an empty group does no harm.
            for path in made.reversed() { try? path.rmdir() }
            throw error
        }
    }

    /// A directory below one with processes (or with threads of its own) takes no process; as a threaded one it does,
    /// without the controllers that need a domain. Whoever asks for those gets their absence as an error.
    private func joinThreaded() throws(SyscallError) {
        // The root has no type; neither has a kernel before 4.14.
        guard directory.has("cgroup.type"), try directory.read("cgroup.type") == "domain invalid" else { return }
        var here = root
        for component in pathComponents(directory.inner) {
            here = here / component
            let place = CgroupDirectory(here)
            if try place.read("cgroup.type") == "domain invalid" { try place.write("cgroup.type", "threaded") }
        }
    }

    func add(_ pid: Int32) throws(SyscallError) { try directory.join(pid) }

    func processes() throws(SyscallError) -> [Int32] { try directory.processes() }

    func freeze(timeout: Duration) throws(SyscallError) { try directory.freezeUnified(timeout: timeout) }

    func thaw() throws(SyscallError) {
        // A group that has gone meanwhile holds nobody.
        try ignoringMissing { () throws(SyscallError) in try directory.write("cgroup.freeze", "0") }
    }

    func isFrozen() throws(SyscallError) -> Bool {
        var isFrozen = false
        try ignoringMissing { () throws(SyscallError) in isFrozen = try directory.read("cgroup.freeze") == "1" }
        return isFrozen
    }

    func killAll(timeout: Duration) throws(SyscallError) {
        let deadline = KernelClock.monotonic() + timeout
        try directory.killUnified(deadline: deadline)
        try ignoringMissing { () throws(SyscallError) in try directory.killEach(deadline: deadline) }
    }

    func delete(timeout: Duration) throws(SyscallError) { try directory.remove(deadline: KernelClock.monotonic() + timeout) }

    func watchOOM() throws(SyscallError) -> OOMWatch? {
        directory.has("memory.events") ? try OOMWatch(v2: directory) : nil
    }

    func cloneTarget() throws(SyscallError) -> Descriptor? { try directory.path.open([.handle, .directory]) }

    func apply(_ resources: RuntimeSpec.Resources) throws(SyscallError) -> [String] {
        try apply(resources, isUpdate: false)
    }

    func update(_ resources: RuntimeSpec.Resources) throws(SyscallError) -> [String] { try apply(resources, isUpdate: true) }

    private func apply(_ resources: RuntimeSpec.Resources, isUpdate: Bool) throws(SyscallError) -> [String] {
        var writer = LimitWriter(isUpdate: isUpdate) { _ in directory }
        try writer.applyV2(resources)
        if !resources.devices.isEmpty { try directory.setDeviceProgram(try DeviceRules(resources.devices)) }
        return writer.warnings
    }

    func stats() throws(SyscallError) -> CgroupStats { try StatsReader { _ in directory }.readV2() }

    func subgroup(_ paths: CgroupSubpaths) throws(SyscallError) -> any CgroupManager {
        if let name = paths.unknown(among: []) {
            throw SyscallError("cgroup", "sub-group of controller \(name) on cgroup version 2", errno: EINVAL)
        }
        guard let sub = paths.path(for: ["unified"]) else { return self }
        return CgroupV2(root: root, directory: try directory.existing(below: sub))
    }

    func group(beside process: PidFD) throws(SyscallError) -> any CgroupManager {
        if try directory.words("cgroup.subtree_control").isEmpty { return self }
        let text = try HostPath("/proc/\(try process.processID())/cgroup").read(limit: 1 << 16)
        let path = OwnCgroups(text: text).unified
        // Somebody may have moved it out of the container's group: nobody follows it there.
        guard path.pathBytes.starts(with: Array("\(directory.inner)/".utf8)) else { return self }
        return CgroupV2(root: root, directory: CgroupDirectory(controllers: ["unified"], mountPoint: root, inner: path.description))
    }
}
