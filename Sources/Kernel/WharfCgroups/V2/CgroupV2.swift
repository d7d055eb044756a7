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
    private let components: [[UInt8]]
    private let directory: CgroupDirectory

    init(path: String, hierarchies: CgroupHierarchies) throws(SyscallError) {
        guard let root = hierarchies.unified else { throw SyscallError("cgroup", path, errno: ENODEV) }
        self.root = root
        components = pathComponents(path)
        directory = CgroupDirectory(controllers: ["unified"], path: HostPath(root.pathBytes + path.utf8))
    }

    var directories: [CgroupDirectory] { [directory] }

    func create() throws(SyscallError) {
        var here = root
        for component in components {
            try enableControllers(CgroupDirectory(controllers: [], path: here))
            here = here / component
            try here.mkdir(permissions: 0o755, parents: false)
        }
    }

    /// Offers every controller that `parent` has to its children, one write each: one that can't be had (a process
    /// lives in `parent`, or it is not delegated) must not cost the others. A limit that needs it becomes a warning.
    private func enableControllers(_ parent: CgroupDirectory) throws(SyscallError) {
        let available = try parent.read("cgroup.controllers").split(separator: " ")
        let enabled = try parent.read("cgroup.subtree_control").split(separator: " ")
        for controller in available where !enabled.contains(controller) {
            do { try parent.write("cgroup.subtree_control", "+\(controller)") } catch { continue }
        }
    }

    func add(_ pid: Int32) throws(SyscallError) { try directory.write("cgroup.procs", "\(pid)") }

    func processes() throws(SyscallError) -> [Int32] { try directory.processes() }

    func freeze(timeout: Duration) throws(SyscallError) { try directory.freezeUnified(timeout: timeout) }

    func thaw() throws(SyscallError) { try directory.write("cgroup.freeze", "0") }

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
        var writer = ResourceWriter { _ in directory }
        try writer.applyV2(resources)
        if !resources.devices.isEmpty {
            let program = DeviceProgram(rules: resources.devices)
            try DeviceFilter(instructions: program.instructions).attach(to: try directory.path.open([.read, .directory]))
        }
        return writer.warnings
    }
}
