// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Everything that a container takes from the host, opened in the host's mount namespace before the clone: layers, bind
// sources, namespaces, control groups. Init gets descriptors and never sees a host path.

import Glibc
import WharfCgroups
import WharfLinux
import WharfOCI

/// What init works with.
///
/// One object for all of its steps: in a process that was just forked each copy of a value writes to the counts of all that
/// it holds, and so makes copies of pages.
final class ContainerPlan {
    let id: String
    let spec: RuntimeSpec
    let stdio: Stdio
    let start: StartSource
    let inherited: InheritedDescriptors
    private let bundle: HostPath
    let usesPivot: Bool
    let root: MountFD
    /// Where hooks look for the root while it is being made: its directory in the bundle. nil where nobody looks.
    let hookPlace: HostPath?
    /// In the spec's order.
    private(set) var mounts: [PlannedMount]
    let namespaces: NamespacePlan
    /// The container's own users; nil where it has the host's.
    let users: UserNamespacePlan?
    /// Whether the clone makes a user namespace: init then has rights over what is made in it and nothing else.
    var hasNewUserNamespace: Bool { users?.isNew ?? false }
    let capabilities: CapabilitySets
    let filter: SeccompFilter?

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
        let path = request.spec.root.path
        if request.root == nil && path.isEmpty { throw RuntimeError(step: "spec", errno: EINVAL, text: "root.path is empty") }
        let source = request.root ?? .directory(path.utf8.first == UInt8(ascii: "/") ? HostPath(path) : request.bundle / path)
        root = try step("rootfs", "root file system") { () throws(SyscallError) in try ContainerPlan.openRoot(source) }
        if request.spec.hooks != nil, case .directory(let directory) = source { hookPlace = directory } else { hookPlace = nil }
        let propagation = request.spec.linux.rootfsPropagation
        guard propagation.isEmpty || MountOptions.Propagation(propagation) != nil else {
            throw RuntimeError(step: "spec", errno: EINVAL, text: "rootfsPropagation \"\(propagation)\" is not supported")
        }
        var planner = MountPlanner(request.spec, bundle: request.bundle)
        mounts = try planner.plan()
    }

    private static func openRoot(_ source: RootSource) throws(SyscallError) -> MountFD {
        switch source {
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

    /// Names to bits; an unknown name is an error, because leaving it out could widen what was meant.
    static func capabilities(_ names: RuntimeSpec.Capabilities) throws(RuntimeError) -> CapabilitySets {
        CapabilitySets(
            bounding: try capabilities(names.bounding), effective: try capabilities(names.effective),
            permitted: try capabilities(names.permitted), inheritable: try capabilities(names.inheritable),
            ambient: try capabilities(names.ambient))
    }

    private static func capabilities(_ names: [String]) throws(RuntimeError) -> UInt64 {
        var mask: UInt64 = 0
        for name in names {
            guard let capability = Capability(name: name) else {
                throw RuntimeError(step: "spec", errno: EINVAL, text: "unknown capability \(name)")
            }
            mask |= capability.mask
        }
        return mask
    }

    /// Opens what the container sees of its groups, when the spec mounts them; they must have been made.
    func openCgroupViews(_ cgroup: (any CgroupManager)?) throws(RuntimeError) {
        let views = CgroupViews(cgroup: cgroup, namespaces: spec.linux.namespaces)
        for index in mounts.indices {
            guard case .groups = mounts[index].source else { continue }
            mounts[index].source = .groups(try views.open(mounts[index].mount, mounts[index].options))
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
        for mount in mounts { kept += mount.descriptors }
        kept += namespaces.descriptors
        if case .descriptors(let input, let output, let error) = stdio { kept += [input.raw, output.raw, error.raw] }
        if case .listener(let listener) = start { kept.append(listener.raw) }
        return kept
    }
}
