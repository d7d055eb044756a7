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
    /// What lies at /dev.
    enum Devices {
        /// The image's own directory, or none yet.
        case image
        /// A tmpfs of init's making: nobody can have prepared a name in it.
        case made(MountFD)
        /// The host's, or somebody's own set: nothing is added.
        case bound
    }

    let plan: ContainerPlan
    /// The container's root directory; a mount at `/` replaces it.
    private(set) var root: RootFD
    /// The directories whose place it took, from the lowest on.
    private var coveredRoots: [Descriptor] = []
    /// The host's null device, verified, for masking files; taken before the host's tree is left.
    let null: Descriptor
    /// The procfs and sysfs at their usual places, through which paths are hidden.
    var procMount: MountFD?
    var sysMount: MountFD?
    /// A whole procfs of the container's own namespaces; a mount may cover it.
    var ownProc: MountFD?
    var devpts: MountFD?
    var devices = Devices.image
    /// Mounts that others had to be mounted below first.
    var readOnlyLater: [MountFD] = []

    /// For what must be written in /proc: the container's own, never whatever lies on it or was bound there.
    var proc: ProcFD? {
        guard let ownProc else { return nil }
        // A mount that was just made as procfs is one; anything else would be no use to anybody.
        return try? ProcFD(ownProc)
    }

    /// Cuts the ties to the host's mounts and attaches the root: on top of the host's `/`, or where hooks look for it.
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
            try plan.root.attach(to: plan.usesPivot ? hookPlace() ?? host : host)
        }
    }

    /// A hook that mounts below the bundle's root directory must find the root there (runtime spec, "createContainer
    /// Hooks"). A user namespace that can't reach the directory has no such hooks either.
    private func hookPlace() -> Descriptor? {
        // Out of reach: see above.
        plan.hookPlace.flatMap { try? $0.open([.handle, .directory]) }
    }

    /// Everything that the spec mounts, in its order, then the devices.
    mutating func mountAll() throws(RuntimeError) {
        // Modes given to nodes and directories are meant as they are.
        umask(0)
        defer { umask(0o022) }
        for mount in plan.mounts { try self.mount(mount) }
        try ContainerDevices(self).make()
    }

    /// Takes note of a mount that lies at `destination` now: what it is for the steps to come, and what it hides.
    mutating func note(_ mount: MountFD, at destination: [UInt8], type: String, isBind: Bool) {
        if ContainerPath.covers(destination, "/proc") { procMount = nil }
        if ContainerPath.covers(destination, "/sys") { sysMount = nil }
        if ContainerPath.covers(destination, "/dev/pts") { devpts = nil }
        if ContainerPath.covers(destination, "/dev") { devices = .image }
        switch destination {
        case [UInt8(ascii: "/")]:
            coveredRoots.append(root.directory)
            root = RootFD(mount.descriptor)
        // A bind there was found to be a procfs, or it would have been refused.
        case RootFileSystem.procPath: procMount = mount
        case RootFileSystem.sysPath where type == "sysfs" && !isBind: sysMount = mount
        case RootFileSystem.ptsPath where type == "devpts" && !isBind: devpts = mount
        case RootFileSystem.devPath: devices = type == "tmpfs" && !isBind ? .made(mount) : .bound
        default: return
        }
    }

    static let procPath = Array("/proc".utf8)
    static let sysPath = Array("/sys".utf8)
    static let devPath = Array("/dev".utf8)
    static let ptsPath = Array("/dev/pts".utf8)

    /// Kernel parameters of the container's own namespaces, through its own procfs. Behind the hooks, which may bring the
    /// network interfaces that a parameter is for, and before /proc/sys becomes read-only.
    func writeParameters() throws(RuntimeError) {
        let parameters = plan.spec.linux.sysctl.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        if parameters.isEmpty { return }
        try step("sysctl") { () throws(SyscallError) in
            let own: ProcFD
            if let proc { own = proc } else { own = try ProcFD(processesOnly: false) }
            for (key, value) in parameters { try own.writeParameter(key, value) }
        }
    }

    /// The terminal and its name /dev/console.
    func makeConsole(_ size: WindowSize) throws(RuntimeError) -> Terminal {
        let terminal: Terminal
        if let devpts {
            terminal = try Terminal(devpts: devpts.descriptor, size: size)
        } else {
            // The host's, in a /dev that is bound.
            terminal = try Terminal(root: root, size: size)
        }
        try step("terminal", "/dev/console") { () throws(SyscallError) in
            let target: Descriptor
            if case .made(let directory) = devices {
                target = try RootFD(directory.descriptor).touchPlain("console", permissions: 0o600)
            } else {
                target = try root.touchPlain("/dev/console", permissions: 0o600)
            }
            try MountFD.clone(terminal.peer).attach(to: target)
        }
        return terminal
    }

    /// Hides paths, makes the root what the spec says, and leaves the host's tree for good.
    func finish() throws(RuntimeError) {
        try hidePaths()
        try step("rootfs") { () throws(SyscallError) in
            for mount in readOnlyLater { try mount.change(set: .readOnly) }
            let top = MountFD(root.directory)
            if plan.spec.root.readonly { try top.change(set: .readOnly) }
            if plan.usesPivot {
                // One after the other: the kernel puts the old root on top of all that lies on the new one, and only what
                // is on top can be detached. With two layers at once the host's would stay, on the container's root.
                for directory in coveredRoots { try pivotRoot(to: directory) }
                try pivotRoot(to: root.directory)
            } else {
                try leaveHost(for: root.directory)
            }
            guard let change = MountOptions.Propagation(plan.spec.linux.rootfsPropagation), change.kind != .private else { return }
            // Only now, because until here the root's parent was the host's.
            try top.change(propagation: change.kind, recursive: change.isRecursive)
        }
    }
}
