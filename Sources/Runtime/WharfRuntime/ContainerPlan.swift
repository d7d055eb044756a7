// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Everything that a container takes from the host, opened in the host's mount namespace before the clone: layers, bind
// sources, namespaces, control groups. Init gets descriptors and never sees a host path.

import Glibc
import WharfCgroups
import WharfLinux
import WharfOCI

/// A bind's source, detached.
struct BindSource {
    let mount: MountFD
    let isDirectory: Bool
}

/// One version 1 group that the container sees below /sys/fs/cgroup.
struct CgroupView {
    /// The directory's name there, as on the host: `cpu,cpuacct`.
    let name: [UInt8]
    /// Links beside it: `cpu`, `cpuacct`.
    let aliases: [String]
    let mount: MountFD
}

/// What init works with.
struct ContainerPlan {
    let id: String
    let spec: RuntimeSpec
    let stdio: Stdio
    let start: StartSource
    let inherited: InheritedDescriptors
    private let bundle: HostPath
    let usesPivot: Bool
    let root: MountFD
    /// By the mount's position in the spec.
    let binds: [Int: BindSource]
    let namespaces: NamespacePlan
    /// The container's own users; nil where it has the host's.
    let users: UserNamespacePlan?
    /// Whether the clone makes a user namespace: init then has rights over what is made in it and nothing else.
    var hasNewUserNamespace: Bool { users?.isNew ?? false }
    let capabilities: CapabilitySets
    let filter: SeccompFilter?
    var cgroupViews: [CgroupView] = []

    init(_ request: NewContainer) throws(RuntimeError) {
        try SpecCheck.check(request.spec, id: request.id)
        try SecurityLabels.check(request.spec.process)
        id = request.id
        spec = request.spec
        stdio = request.stdio
        start = request.start
        inherited = InheritedDescriptors(count: request.preservedDescriptors, listening: request.listenDescriptors)
        bundle = request.bundle
        usesPivot = request.usesPivot
        capabilities = try ContainerPlan.capabilities(request.spec.process.capabilities)
        filter = try seccompFilter(request.spec, cache: request.filterCache)
        namespaces = try NamespacePlan(request.spec.linux.namespaces)
        users = try UserNamespacePlan(request.spec.linux, namespaces)
        if let key = SpecCheck.networkParameter(request.spec), try !namespaces.hasOwnNetwork() {
            throw RuntimeError(step: "spec", errno: EINVAL, text: "sysctl \"\(key)\" not allowed in host network namespace")
        }
        root = try ContainerPlan.openRoot(request)
        var binds: [Int: BindSource] = [:]
        for (index, mount) in request.spec.mounts.enumerated() {
            let options = MountOptions(mount.options)
            if options.isBind || mount.type == "bind" { binds[index] = try ContainerPlan.openBind(mount, options) }
        }
        self.binds = binds
    }

    /// Copies the source's mount with its attributes set, still detached.
    private static func openBind(_ mount: Mount, _ options: MountOptions) throws(RuntimeError) -> BindSource {
        try step("mount", "error mounting \"\(mount.source)\" to rootfs at \"\(mount.destination)\"") { () throws(SyscallError) in
            let (clone, isDirectory) = try ForeignMount.copy(of: mount.source, recursive: options.isRecursive)
            try clone.change(
                propagation: options.propagation ?? .private, recursive: options.propagation == nil || options.propagatesRecursively)
            if options.set != [] || options.clear != [] { try clone.change(set: options.set, clear: options.clear) }
            if options.recursiveSet != [] { try clone.change(set: options.recursiveSet, recursive: true) }
            return BindSource(mount: clone, isDirectory: isDirectory)
        }
    }

    private static func openRoot(_ request: NewContainer) throws(RuntimeError) -> MountFD {
        let path = request.spec.root.path
        let absolute = path.utf8.first == UInt8(ascii: "/") ? HostPath(path) : request.bundle / path
        return try step("rootfs", "root file system") { () throws(SyscallError) in
            switch request.root ?? .directory(absolute) {
            case .overlay(let lower, let upper, let work):
                var layers: [Descriptor] = []
                for directory in lower { layers.append(try directory.open([.handle, .directory])) }
                let (top, scratch) = (try upper?.open([.handle, .directory]), try work?.open([.handle, .directory]))
                return MountFD(try OverlayMount.make(lowers: layers, upper: top, work: scratch))
            case .directory(let directory):
                let clone = try MountFD.clone(try directory.open([.handle, .directory]), recursive: true)
                try clone.change(propagation: .private, recursive: true)
                return clone
            }
        }
    }

    /// Names to bits; an unknown name is an error, because leaving it out could widen what was meant.
    static func capabilities(_ names: RuntimeSpec.Capabilities) throws(RuntimeError) -> CapabilitySets {
        var sets = CapabilitySets()
        for (list, set) in [
            (names.bounding, \CapabilitySets.bounding), (names.effective, \.effective), (names.permitted, \.permitted),
            (names.inheritable, \.inheritable), (names.ambient, \.ambient),
        ] {
            for name in list {
                guard let capability = Capability(name: name) else {
                    throw RuntimeError(step: "spec", errno: EINVAL, text: "unknown capability \(name)")
                }
                sets[keyPath: set] |= capability.mask
            }
        }
        return sets
    }

    /// Opens the container's own version 1 groups, when the spec mounts them.
    mutating func openCgroupViews(_ cgroup: (any CgroupManager)?) throws(RuntimeError) {
        guard let cgroup, spec.mounts.contains(where: { $0.type == "cgroup" }) else { return }
        let directories = cgroup.directories
        if directories.count == 1, directories[0].controllers == ["unified"] { return }
        for directory in directories {
            let view = try step("cgroup") { () throws(SyscallError) in
                try MountFD.clone(try directory.path.open([.handle, .directory]))
            }
            try step("cgroup") { () throws(SyscallError) in
                try view.change(set: [.readOnly, .noSetuid, .noDevices, .noExec], propagation: .private)
            }
            let name = directory.controllers.joined(separator: ",")
            cgroupViews.append(
                CgroupView(name: Array(name.utf8), aliases: directory.controllers.count > 1 ? directory.controllers : [], mount: view))
        }
    }

    /// The state document of this container.
    func state(_ status: ContainerState.Status, pid: Int32) -> ContainerState {
        ContainerState(
            ociVersion: spec.ociVersion, id: id, status: status, pid: pid, bundle: bundle.description, annotations: spec.annotations)
    }

    /// What must stay open in init: nothing else of the maker's or the shim's.
    var descriptors: [Int32] {
        var kept = [root.descriptor.raw]
        kept += binds.values.map(\.mount.descriptor.raw)
        kept += cgroupViews.map(\.mount.descriptor.raw)
        kept += namespaces.descriptors
        if case .descriptors(let input, let output, let error) = stdio { kept += [input.raw, output.raw, error.raw] }
        if case .listener(let listener) = start { kept.append(listener.raw) }
        return kept
    }
}
