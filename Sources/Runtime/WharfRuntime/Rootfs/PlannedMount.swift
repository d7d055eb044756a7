// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One mount of the spec on the maker's side: parsed, checked, and with what it takes from the host opened in the host's
// mount namespace. Init gets it ready to be attached.

import Glibc
import WharfLinux
import WharfOCI

/// A mount that is to be made, parsed once.
struct PlannedMount {
    /// Where its content comes from.
    enum Source {
        /// A file system of the mount's type, made by init.
        case fileSystem
        /// A place of the host.
        case bind(BindSource)
        /// The container's control groups, opened when they are made.
        case groups([CgroupView])
        /// What is mounted at the destination already.
        case existing
    }

    let mount: Mount
    /// Clean and absolute.
    let destination: [UInt8]
    let options: MountOptions
    var source: Source

    /// What must stay open in init.
    var descriptors: [Int32] {
        switch source {
        case .bind(let bind): [bind.mount.descriptor.raw]
        case .groups(let views): views.compactMap(\.descriptor)
        case .fileSystem, .existing: []
        }
    }

    /// Failures name source and destination, as Docker's users know it.
    static func failure(_ mount: Mount, errno: Int32, _ text: String) -> RuntimeError {
        var text = "error mounting \"\(mount.source)\" to rootfs at \"\(mount.destination)\": \(text)"
        if errno == ENOTDIR {
            text += ": Are you trying to mount a directory onto a file (or vice-versa)? "
            text += "Check if the specified host path exists and is the expected type"
        }
        return RuntimeError(step: "mount", errno: errno, text: text)
    }

    /// Runs the calls of one mount.
    static func attempt<Result>(_ mount: Mount, _ body: () throws(SyscallError) -> Result) throws(RuntimeError) -> Result {
        do { return try body() } catch { throw failure(mount, errno: error.errno, error.description) }
    }
}

/// A bind's source, detached.
struct BindSource {
    let mount: MountFD
    let isDirectory: Bool
}

/// Makes the mounts of a spec ready, in its order.
struct MountPlanner {
    let spec: RuntimeSpec
    let bundle: HostPath
    private var ownerMaps = OwnerMaps()

    init(_ spec: RuntimeSpec, bundle: HostPath) {
        (self.spec, self.bundle) = (spec, bundle)
    }

    mutating func plan() throws(RuntimeError) -> [PlannedMount] {
        var planned: [PlannedMount] = []
        planned.reserveCapacity(spec.mounts.count)
        for mount in spec.mounts {
            let options = MountOptions(mount.options)
            let isBind = options.isBind || mount.type == "bind"
            try check(mount, options, isBind: isBind)
            let source: PlannedMount.Source
            if options.isRemount {
                source = .existing
            } else if isBind {
                source = .bind(try openBind(mount, options))
            } else if mount.type == "cgroup" || mount.type == "cgroup2" {
                source = .groups([])
            } else {
                source = .fileSystem
            }
            planned.append(
                PlannedMount(mount: mount, destination: ContainerPath.clean(mount.destination), options: options, source: source))
        }
        return planned
    }

    private func check(_ mount: Mount, _ options: MountOptions, isBind: Bool) throws(RuntimeError) {
        func invalid(_ text: String) -> RuntimeError { PlannedMount.failure(mount, errno: EINVAL, text) }
        let isMapped = options.ownerMapping != nil || !mount.uidMappings.isEmpty || !mount.gidMappings.isEmpty
        if isMapped && (!isBind || options.isRemount) { throw invalid("id-mapped mounts are only supported for bind mounts") }
        if options.copiesUp && (mount.type != "tmpfs" || isBind) { throw invalid("tmpcopyup is only supported for tmpfs") }
        if !isBind && !options.isRemount && mount.type.isEmpty { throw invalid("the mount has no type") }
    }

    /// Copies the source's mount with its attributes set, still detached.
    private mutating func openBind(_ mount: Mount, _ options: MountOptions) throws(RuntimeError) -> BindSource {
        let mapping = try ownerMaps.namespace(for: mount, options, container: spec.linux)
        let (clone, isDirectory) = try PlannedMount.attempt(mount) { () throws(SyscallError) in
            try copy(mount.source, recursive: options.isRecursive)
        }
        if let mapping { try mapOwners(mount, clone, by: mapping, recursive: options.ownerMapping == .recursive) }
        try PlannedMount.attempt(mount) { () throws(SyscallError) in try change(clone, options) }
        return BindSource(mount: clone, isDirectory: isDirectory)
    }

    /// The kernel has one word for every file system that it can't do this for, and for a whole tree when one mount in it
    /// is such (mount_setattr(2), EINVAL; tmpfs before Linux 6.3, overlay before 6.6, proc and sysfs always).
    private func mapOwners(_ mount: Mount, _ clone: MountFD, by namespace: Descriptor, recursive: Bool) throws(RuntimeError) {
        do { try clone.mapOwners(by: namespace, recursive: recursive) } catch {
            var text = error.description
            if error.errno == EINVAL {
                text += ": this kernel can't shift owners on the source's file system" + (recursive ? " or on one mounted below it" : "")
            }
            throw PlannedMount.failure(mount, errno: error.errno, text)
        }
    }

    /// A relative source is below the bundle (runtime spec, "Mounts").
    private func copy(_ source: String, recursive: Bool) throws(SyscallError) -> (mount: MountFD, isDirectory: Bool) {
        if source.utf8.first == UInt8(ascii: "/") { return try ForeignMount.copy(of: source, recursive: recursive) }
        let place = try (bundle / source).open(.handle)
        return (try MountFD.clone(place, recursive: recursive), try place.status().kind == .directory)
    }

    /// Attributes and propagation of a copied tree. One call where one can say it all.
    private func change(_ clone: MountFD, _ options: MountOptions) throws(SyscallError) {
        let changes = options.propagation.isEmpty ? inherited : options.propagation
        let isPlain = options.set.isEmpty && options.clear.isEmpty
        if changes.count == 1, !options.isRecursive || (changes[0].isRecursive && isPlain) {
            try clone.change(set: options.set, clear: options.clear, propagation: changes[0].kind, recursive: options.isRecursive)
        } else {
            for change in changes { try clone.change(propagation: change.kind, recursive: change.isRecursive) }
            if !isPlain { try clone.change(set: options.set, clear: options.clear) }
        }
        if !options.recursiveSet.isEmpty || !options.recursiveClear.isEmpty {
            try clone.change(set: options.recursiveSet, clear: options.recursiveClear, recursive: true)
        }
    }

    /// What a bind without a word about propagation gets: it stays tied to the host only as far as the spec ties the
    /// root, and is private without that.
    private var inherited: [MountOptions.Propagation] {
        switch spec.linux.rootfsPropagation {
        case "shared", "rshared": []
        case "slave", "rslave": [.init(kind: .slave, isRecursive: true)]
        default: [.init(kind: .private, isRecursive: true)]
        }
    }
}
