// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The container's root file system, built inside its mount namespace: attach the root, mount what the spec lists on
// targets that were opened below it, hide what must be hidden, and leave the host's tree.

import Glibc
import WharfLinux
import WharfOCI

/// The root on its way to completion.
struct RootFileSystem {
    let plan: ContainerPlan
    /// The container's root directory.
    let root: RootFD
    /// The host's null device, verified, for masking files; taken before the host's tree is covered.
    let null: Descriptor
    /// The container's own procfs and sysfs, when the spec mounts them at their usual places.
    var procMount: MountFD?
    var sysMount: MountFD?
    var devpts: MountFD?
    /// The tmpfs at /dev, when it is one.
    var deviceDirectory: MountFD?

    /// For what must be written in /proc: never the attached one, which a mount could cover.
    var proc: ProcFD? {
        guard let procMount else { return nil }
        // A mount that was just made as procfs is one; anything else would be no use to anybody.
        return try? ProcFD(procMount)
    }

    /// Cuts the ties to the host's mounts and attaches the root on top of the host's `/`.
    init(_ plan: ContainerPlan) throws(RuntimeError) {
        self.plan = plan
        root = RootFD(plan.root.descriptor)
        null = try step("rootfs", "/dev/null") { () throws(SyscallError) in
            let null = try HostPath("/dev/null").open(.handle)
            try verifyInode(null, is: .null)
            return null
        }
        try step("rootfs") { () throws(SyscallError) in
            let host = try HostPath("/").open([.handle, .directory])
            // Slave: what the host unmounts goes away here too, nothing from here reaches the host.
            try MountFD(host).change(propagation: .slave, recursive: true)
            try plan.root.attach(to: host)
        }
    }

    /// Everything that the spec mounts, in its order, then the devices.
    mutating func mountAll() throws(RuntimeError) {
        // Modes given to nodes and directories are meant as they are.
        umask(0)
        defer { umask(0o022) }
        for (index, mount) in plan.spec.mounts.enumerated() {
            try self.mount(mount, bind: plan.binds[index])
        }
        try ContainerDevices.make(self)
    }

    /// Kernel parameters of the container's own namespaces, through its own procfs. Behind the hooks, which may bring the
    /// network interfaces that a parameter is for, and before /proc/sys becomes read-only.
    func writeParameters() throws(RuntimeError) {
        let parameters = plan.spec.linux.sysctl.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        if parameters.isEmpty { return }
        try step("sysctl") { () throws(SyscallError) in
            let proc = try parameterProc()
            for (key, value) in parameters { try proc.writeParameter(key, value) }
        }
    }

    private func parameterProc() throws(SyscallError) -> ProcFD {
        guard let procMount else { return try ProcFD(processesOnly: false) }
        return try ProcFD(procMount)
    }

    /// The terminal and its name /dev/console.
    func makeConsole(_ size: WindowSize) throws(RuntimeError) -> Terminal {
        guard let devpts else {
            throw RuntimeError(step: "terminal", errno: ENODEV, text: "a terminal needs a devpts at /dev/pts")
        }
        let terminal = try Terminal(devpts: devpts.descriptor, size: size)
        try step("terminal", "/dev/console") { () throws(SyscallError) in
            let target: Descriptor
            if let deviceDirectory {
                target = try openBeneath(
                    deviceDirectory.descriptor, "console", [.readWrite, .create, .exclusive, .noFollow], permissions: 0o600)
            } else {
                target = try root.open("/dev/console", [.readWrite, .create, .nonBlocking, .noControllingTerminal], permissions: 0o600)
            }
            try MountFD.clone(terminal.peer).attach(to: target)
        }
        return terminal
    }

    /// Hides paths, makes the root what the spec says, and leaves the host's tree for good.
    func finish() throws(RuntimeError) {
        try hidePaths()
        try step("rootfs") { () throws(SyscallError) in
            if plan.spec.root.readonly { try plan.root.change(set: .readOnly) }
            try pivotRoot(to: root.directory)
            switch plan.spec.linux.rootfsPropagation {
            case "shared", "rshared": try plan.root.change(propagation: .shared, recursive: true)
            case "slave", "rslave": try plan.root.change(propagation: .slave, recursive: true)
            default: break
            }
        }
    }
}
