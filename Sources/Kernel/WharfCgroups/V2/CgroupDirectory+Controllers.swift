// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A version 2 directory's controllers, its device program and its owner.

import Glibc
import WharfLinux

extension CgroupDirectory {
    /// Offers every controller that is here to the sub-groups. One that can't be had (a process lives here, or it is not
    /// delegated) must not cost the others; a limit that needs it fails when it is written.
    func enableControllers() throws(SyscallError) {
        let enabled = try words("cgroup.subtree_control")
        let missing = try words("cgroup.controllers").filter { !enabled.contains($0) }
        if missing.isEmpty { return }
        do { try write("cgroup.subtree_control", missing.map { "+\($0)" }.joined(separator: " ")) } catch {
            if missing.count == 1 { return }
            for controller in missing {
                do { try write("cgroup.subtree_control", "+\(controller)") } catch { continue }
            }
        }
    }

    /// A file's words, separated by space.
    func words(_ file: String) throws(SyscallError) -> [String] {
        try read(file).utf8.split(whereSeparator: { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }).map { String(Substring($0)) }
    }

    /// Lets the kernel ask a program with these rules from now on, instead of the one that it asked so far.
    ///
    /// A process that is root of its own user namespace only may not load programs, and can't make devices either: there
    /// the rules add nothing, and are left out as runc and crun do.
    func setDeviceProgram(_ rules: DeviceRules) throws(SyscallError) {
        do {
            try DeviceFilter(instructions: DeviceProgram(rules).instructions).replace(in: try path.open([.read, .directory]))
        } catch  where error.errno == EPERM && Namespaces.isUserNamespaceNested() {
            return
        }
    }
}
