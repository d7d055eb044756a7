// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What may be mounted where (RT-05). The opened target is looked at, so that no spelling and no link leads around it.

import Glibc
import WharfLinux
import WharfOCI

extension RootFileSystem {
    /// Below /proc only these files may be covered (lxcfs shows a container its own limits through them).
    private static let coverable = [
        "cpuinfo", "diskstats", "meminfo", "stat", "swaps", "uptime", "loadavg", "slabinfo", "net/dev", "sys/kernel/ns_last_pid",
        "sys/crypto/fips_enabled",
    ]

    /// Nothing may take the place of /proc but a procfs (EINVAL), and nothing in it may be covered (EPERM).
    mutating func checkTarget(_ target: Descriptor, _ planned: PlannedMount, bind: BindSource? = nil) throws(RuntimeError) {
        let (mount, destination) = (planned.mount, planned.destination)
        if destination == RootFileSystem.procPath {
            if bind == nil && mount.type == "proc" { return }
            guard let bind, isProcRoot(bind.mount.descriptor) else {
                throw PlannedMount.failure(
                    mount, errno: EINVAL, "\"\(mount.destination)\" cannot be mounted because it is not of type proc")
            }
            return
        }
        let magic = try PlannedMount.attempt(mount) { () throws(SyscallError) in try target.fileSystemMagic() }
        if magic == FileSystemMagic.sysfs {
            // What lies on the whole of it, by whatever name, is what must be hidden from now on.
            let inode = try PlannedMount.attempt(mount) { () throws(SyscallError) in try target.status().inode }
            if inode == 1 { sysMount = nil }
        }
        guard magic == FileSystemMagic.proc else { return }
        let inside = ContainerPath.below(destination, "/proc") ?? []
        if RootFileSystem.coverable.contains(where: { inside.elementsEqual($0.utf8) }) { return }
        throw PlannedMount.failure(
            mount, errno: EPERM, "\"\(mount.destination)\" cannot be mounted because it is inside /proc")
    }

    private func isProcRoot(_ place: Descriptor) -> Bool {
        do {
            try verifyInode(place, is: .procRoot)
            return true
        } catch {
            return false
        }
    }
}
