// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Which namespaces a container gets new and which it joins. A pid namespace is joined by the maker before the clone,
// because only children are born into it; the others by init itself.

import Glibc
import WharfLinux
import WharfOCI

/// The namespaces of a spec, opened.
struct NamespacePlan {
    /// Made by clone3.
    let new: Namespaces
    /// Joined by init, in this order.
    let joined: [(kind: Namespaces, descriptor: Descriptor)]
    /// Joined by the maker.
    let pid: Descriptor?
    /// Made by init once it is in its control groups, whose position becomes the namespace's root.
    let newCgroup: Bool

    init(_ namespaces: [RuntimeSpec.Namespace]) throws(RuntimeError) {
        var new: Namespaces = []
        var joined: [(kind: Namespaces, descriptor: Descriptor)] = []
        var pid: Descriptor?
        var newCgroup = false
        for namespace in namespaces {
            let kind = try NamespacePlan.kind(namespace.type)
            if namespace.path.isEmpty {
                if kind == .cgroup { newCgroup = true } else { new.insert(kind) }
                continue
            }
            let descriptor = try step("namespace", "\(namespace.type) namespace") { () throws(SyscallError) in
                try Namespaces.open(HostPath(namespace.path))
            }
            if kind == .pid { pid = descriptor } else { joined.append((kind, descriptor)) }
        }
        (self.new, self.joined, self.pid, self.newCgroup) = (new, joined, pid, newCgroup)
    }

    private static func kind(_ type: String) throws(RuntimeError) -> Namespaces {
        switch type {
        case "mount": return .mount
        case "pid": return .pid
        case "network": return .network
        case "ipc": return .ipc
        case "uts": return .uts
        case "cgroup": return .cgroup
        case "user", "time":
            throw RuntimeError(step: "spec", errno: ENOSYS, text: "\(type) namespaces are not supported yet")
        default:
            throw RuntimeError(step: "spec", errno: EINVAL, text: "unknown namespace type \"\(type)\"")
        }
    }
}
