// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One mount of the spec: make or take the detached mount, open its target below the root, attach. The target is a
// descriptor from the moment it has been checked.

import Glibc
import WharfLinux
import WharfOCI

extension RootFileSystem {
    /// Mounts one entry.
    mutating func mount(_ planned: PlannedMount) throws(RuntimeError) {
        switch planned.source {
        case .bind(let bind):
            let target = try PlannedMount.attempt(planned.mount) { () throws(SyscallError) in
                bind.isDirectory ? try root.mkdirAll(planned.destination) : try root.touch(planned.destination)
            }
            try checkTarget(target, planned, bind: bind)
            try PlannedMount.attempt(planned.mount) { () throws(SyscallError) in try attach(bind, to: target) }
            note(bind.mount, at: planned.destination, type: "", isBind: true)
        case .groups(let views): try mountCgroups(planned, views)
        case .existing: try remount(planned)
        case .fileSystem:
            switch planned.mount.type {
            case "proc", "sysfs": try mountKernelTree(planned)
            default: try mountFileSystem(planned)
            }
        }
    }

    private func attach(_ bind: BindSource, to target: Descriptor) throws(SyscallError) {
        do throws(SyscallError) {
            try bind.mount.attach(to: target)
        } catch {
            // move_mount has one number for everything; mount(2) says what is wrong with a file on a directory.
            let isWrongKind = try error.errno == EINVAL && !bind.isDirectory ? target.status().kind == .directory : false
            throw isWrongKind ? SyscallError(error.call, errno: ENOTDIR) : error
        }
    }

    /// procfs and sysfs go to real directories only (ELOOP): a link in the image could put them where their files mean
    /// something else.
    private mutating func mountKernelTree(_ planned: PlannedMount) throws(RuntimeError) {
        let target = try PlannedMount.attempt(planned.mount) { () throws(SyscallError) in try openRealDirectory(planned.destination) }
        try checkTarget(target, planned)
        let made = try PlannedMount.attempt(planned.mount) { () throws(SyscallError) -> MountFD in
            let made = try makeFileSystem(planned, planned.options.parameters, planned.options.set)
            try attach(made, planned.options, to: target)
            return made
        }
        note(made, at: planned.destination, type: planned.mount.type, isBind: false)
        // One that shows processes only has no parameters.
        if planned.mount.type == "proc", !planned.options.has("subset") { ownProc = made }
    }

    /// A directory that no link leads to, made when it is missing.
    private func openRealDirectory(_ destination: [UInt8]) throws(SyscallError) -> Descriptor {
        do {
            return try root.open(destination, [.handle, .directory], resolve: [.inRoot, .noSymlinks])
        } catch  where error.errno == ENOENT {
            _ = try root.mkdirAll(destination)
            return try root.open(destination, [.handle, .directory], resolve: [.inRoot, .noSymlinks])
        }
    }

    private mutating func mountFileSystem(_ planned: PlannedMount) throws(RuntimeError) {
        let options = planned.options
        let (target, isNew) = try PlannedMount.attempt(planned.mount) { () throws(SyscallError) in
            try root.ensureDirectory(planned.destination)
        }
        try checkTarget(target, planned)
        // What is mounted below a tmpfs needs a directory in it first.
        let isTmpfs = planned.mount.type == "tmpfs"
        let isReadOnlyLater = isTmpfs && options.set.contains(.readOnly)
        let made = try PlannedMount.attempt(planned.mount) { () throws(SyscallError) -> MountFD in
            let made = try makeFileSystem(
                planned, try parameters(planned, target, isNew), isReadOnlyLater ? options.set.subtracting(.readOnly) : options.set)
            if options.copiesUp && !isNew { try copyTree(from: target, to: made.descriptor) }
            try attach(made, options, to: target)
            return made
        }
        if isReadOnlyLater { readOnlyLater.append(made) }
        note(made, at: planned.destination, type: planned.mount.type, isBind: false)
    }

    private func parameters(_ planned: PlannedMount, _ target: Descriptor, _ isNew: Bool) throws(SyscallError) -> [MountParameter] {
        var parameters = planned.options.parameters
        switch planned.mount.type {
        case "tmpfs":
            if !isNew && !planned.options.has("mode") {
                // A tmpfs over a directory looks like it: /tmp keeps its sticky bit.
                parameters.append(.string("mode", Array(String(try target.status().permissions, radix: 8).utf8)))
            }
        case "devpts", "mqueue": break
        default:
            // A file system on a device is opened for reading only, not merely shown so.
            if planned.options.set.contains(.readOnly) { parameters.append(.flag("ro")) }
        }
        let label = plan.spec.linux.mountLabel
        // SELinux labels the files of mqueue by itself.
        if !label.isEmpty && planned.mount.type != "mqueue" { parameters.append(.string("context", Array(label.utf8))) }
        return parameters
    }

    /// The file system, detached. In a user namespace that doesn't own what a kernel tree shows (the network of a sysfs,
    /// the queues of an mqueue) the host's mount is shown instead, and a group that it doesn't know is left out.
    private func makeFileSystem(
        _ planned: PlannedMount, _ parameters: [MountParameter], _ attributes: MountAttributes
    ) throws(SyscallError) -> MountFD {
        let (type, source) = (planned.mount.type, planned.mount.source)
        do {
            return try MountFD.create(
                type: type, source: source.isEmpty ? type : source, parameters: parameters, attributes: attributes)
        } catch  where plan.users != nil && error.errno == EPERM && (type == "sysfs" || type == "mqueue") {
            return try hostTree(type == "sysfs" ? "/sys" : "/dev/mqueue", attributes)
        } catch  where plan.users != nil && error.errno == EINVAL && type == "devpts" && planned.options.has("gid") {
            let known = parameters.filter { if case .string("gid", _) = $0 { false } else { true } }
            return try MountFD.create(type: type, source: source.isEmpty ? type : source, parameters: known, attributes: attributes)
        }
    }

    /// A copy of the host's mount. With these attributes below it as well: what lies in it must not be writable where it
    /// is not.
    private func hostTree(_ path: String, _ attributes: MountAttributes) throws(SyscallError) -> MountFD {
        let copy = try MountFD.clone(try HostPath(path).open([.handle, .directory]), recursive: true)
        try copy.change(set: attributes, propagation: .private, recursive: true)
        return copy
    }

    func attach(_ mount: MountFD, _ options: MountOptions, to target: Descriptor) throws(SyscallError) {
        if !options.recursiveSet.isEmpty || !options.recursiveClear.isEmpty {
            try mount.change(set: options.recursiveSet, clear: options.recursiveClear, recursive: true)
        }
        for change in options.propagation { try mount.change(propagation: change.kind, recursive: change.isRecursive) }
        try mount.attach(to: target)
    }

    /// Changes what is mounted at the destination already; what the options don't name stays as it is. With `bind` only
    /// this mount changes, else its file system too.
    private func remount(_ planned: PlannedMount) throws(RuntimeError) {
        let options = planned.options
        try PlannedMount.attempt(planned.mount) { () throws(SyscallError) in
            let mount = MountFD(try root.open(planned.destination, .handle))
            var parameters = options.parameters
            if options.set.contains(.readOnly) { parameters.append(.flag("ro")) }
            if options.clear.contains(.readOnly) { parameters.append(.flag("rw")) }
            if !options.isBind && !parameters.isEmpty { try MountFD.reconfigure(mount.descriptor, parameters: parameters) }
            try mount.change(set: options.set, clear: options.clear)
            if !options.recursiveSet.isEmpty || !options.recursiveClear.isEmpty {
                try mount.change(set: options.recursiveSet, clear: options.recursiveClear, recursive: true)
            }
            for change in options.propagation { try mount.change(propagation: change.kind, recursive: change.isRecursive) }
        }
    }
}
