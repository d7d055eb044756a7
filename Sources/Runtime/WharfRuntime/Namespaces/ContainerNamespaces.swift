// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The namespaces of a running container, for a further process in it. All are entered at once by the pidfd of the
// container's first process, so that no name in /proc is trusted for it.

import Glibc
import WharfLinux
import WharfOCI

/// What exec enters.
struct ContainerNamespaces {
    /// Everything but the pid namespace, which the maker enters for its child.
    let kinds: Namespaces
    /// The process whose user namespace the container has; nil where that is the maker's own.
    let users: Int32?

    init(_ request: NewProcess) throws(RuntimeError) {
        var kinds: Namespaces = [.mount, .network, .ipc, .uts, .cgroup]
        var users: Int32?
        for namespace in request.namespaces {
            switch namespace.type {
            case "time": kinds.insert(.time)
            case "user":
                users = try ContainerNamespaces.foreignUsers(request.container)
                // The kernel refuses to enter the user namespace where one is already.
                if users != nil { kinds.insert(.user) }
            default: break
            }
        }
        (self.kinds, self.users) = (kinds, users)
    }

    private static func foreignUsers(_ container: PidFD) throws(RuntimeError) -> Int32? {
        try step("namespace", "user namespace") { () throws(SyscallError) in
            let pid = try container.processID()
            let own = try HostPath("/proc/self/ns/user").open(.read).status()
            return try HostPath("/proc/\(pid)/ns/user").open(.read).status().isSameFile(as: own) ? nil : pid
        }
    }
}
