// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Limits on a version 1 or hybrid host: which hierarchy a controller is in, and the directories that only some limits need.

import Glibc
import WharfLinux
import WharfOCI

extension CgroupV1 {
    func apply(_ resources: RuntimeSpec.Resources) throws(SyscallError) -> [String] {
        try apply(resources, isUpdate: false)
    }

    func update(_ resources: RuntimeSpec.Resources) throws(SyscallError) -> [String] {
        let before = directories
        let warnings = try apply(resources, isUpdate: true)
        // A hierarchy that no limit needed before: the container is not in there yet.
        for directory in directories where !before.contains(where: { $0.path == directory.path }) {
            for pid in try processes() {
                do { try directory.join(pid) } catch  where error.errno == ESRCH { continue }
            }
        }
        return warnings
    }

    private func apply(_ resources: RuntimeSpec.Resources, isUpdate: Bool) throws(SyscallError) -> [String] {
        var writer = LimitWriter(isUpdate: isUpdate) { name throws(SyscallError) in try ready(name) }
        try devices(resources.devices, isUpdate: isUpdate)
        try writer.applyV1(resources)
        if !resources.unified.isEmpty {
            guard directory(of: "unified") != nil else {
                throw SyscallError("cgroup", "linux.resources.unified needs cgroup version 2", errno: EOPNOTSUPP)
            }
            let onUnified = LimitWriter(isUpdate: isUpdate) { name throws(SyscallError) in try unified(name) }
            try onUnified.unified(resources.unified)
        }
        return writer.warnings
    }

    /// The directory of a controller, made if it is a lazy one; on a hybrid host the controller may be in the version 2
    /// hierarchy.
    private func ready(_ controller: String) throws(SyscallError) -> CgroupDirectory? {
        guard let place = places.first(where: { $0.directory.controllers.contains(controller) }) else {
            return try unified(controller)
        }
        if place.isLazy {
            var made: [HostPath] = []
            _ = try place.directory.make(below: place.mountPoint, &made)
        }
        return place.directory
    }

    /// The version 2 directory with `controller` switched on; nil where it has none such.
    private func unified(_ controller: String) throws(SyscallError) -> CgroupDirectory? {
        guard let place = places.first(where: { $0.directory.controllers == ["unified"] }) else { return nil }
        if controller == "cgroup" { return place.directory }
        let top = CgroupDirectory(place.mountPoint)
        guard try top.words("cgroup.controllers").contains(controller) else { return nil }
        var here = top
        for component in pathComponents(place.directory.inner) {
            if try !here.words("cgroup.subtree_control").contains(controller) {
                try here.write("cgroup.subtree_control", "+\(controller)")
            }
            here = CgroupDirectory(here.path / component)
        }
        return place.directory
    }

    /// Rules for devices, where the hierarchy is there: on a hybrid host that is version 1's, and the same rules as a
    /// program where only version 2 is left.
    private func devices(_ rules: [RuntimeSpec.DeviceRule], isUpdate: Bool) throws(SyscallError) {
        if rules.isEmpty { return }
        let target = try DeviceRules(rules)
        guard let directory = directory(of: "devices") else {
            guard let unified = directory(of: "unified") else {
                throw SyscallError("cgroup", "controller devices is not available for devices.allow", errno: ENODEV)
            }
            return try unified.setDeviceProgram(target)
        }
        // A new group may have rules of its parent's that the list doesn't tell: from there the way always starts anew.
        let source = isUpdate ? try DeviceRules(list: try directory.read("devices.list")) : .allowingEverything
        var (name, control): (String, Descriptor?) = ("", nil)
        for (file, rule) in source.transition(to: target) {
            do {
                if name != file { (name, control) = (file, try (directory.path / file).open(.write)) }
                try control?.writeOnce(rule)
            } catch  where error.errno == EPERM {
                throw SyscallError("cgroup", "devices: \(rule) is not allowed in \(directory.path / file)", errno: EPERM)
            }
        }
    }
}
