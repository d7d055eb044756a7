// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Which namespaces a container gets new and which it joins. A pid namespace is joined before the clone, because only
// children are born into it; the others by init itself, unless a user namespace has a say (see `Doorway`).

import Glibc
import WharfLinux
import WharfOCI

/// A namespace that is joined.
struct JoinedNamespace {
    let kind: Namespaces
    let descriptor: Descriptor
    /// For messages: `network namespace /run/netns/x`.
    let name: String

    func enter() throws(RuntimeError) {
        try step("namespace", "joining the \(name)") { () throws(SyscallError) in try Namespaces.enter(kind, of: descriptor) }
    }
}

/// The namespaces of a spec, opened.
struct NamespacePlan {
    /// Made by clone3.
    let new: Namespaces
    /// Joined by init or the doorway, in this order; the mount namespace last, because names mean something else behind it.
    let joined: [JoinedNamespace]
    let pid: JoinedNamespace?
    /// A user namespace that is not the runtime's own.
    let user: JoinedNamespace?
    /// Made by init once it is in its control groups, whose position becomes the namespace's root.
    let newCgroup: Bool
    /// Made by init: clone3 would close it for offsets.
    let newTime: Bool

    /// Whether a process must stand between the maker and init. Behind the door of a user namespace there are no rights
    /// over what others own, so everything else is joined before it; and what is new must be made behind it.
    var needsDoorway: Bool { user != nil || (new.contains(.user) && !joined.isEmpty) }

    init(_ namespaces: [RuntimeSpec.Namespace]) throws(RuntimeError) {
        var new: Namespaces = []
        var joined: [JoinedNamespace] = []
        var (pid, user, mount): (JoinedNamespace?, JoinedNamespace?, JoinedNamespace?)
        var (newCgroup, newTime) = (false, false)
        for namespace in namespaces {
            let kind = try NamespacePlan.kind(namespace.type)
            if namespace.path.isEmpty {
                switch kind {
                case .cgroup: newCgroup = true
                case .time: newTime = true
                default: new.insert(kind)
                }
                continue
            }
            let descriptor = try step("namespace", "\(namespace.type) namespace") { () throws(SyscallError) in
                try Namespaces.open(HostPath(namespace.path))
            }
            let one = JoinedNamespace(kind: kind, descriptor: descriptor, name: "\(namespace.type) namespace \(namespace.path)")
            switch kind {
            case .pid: pid = one
            // Entering the user namespace where one is already is refused by the kernel and changes nothing.
            case .user: user = try NamespacePlan.isOwn(one, "user") ? nil : one
            case .mount: mount = one
            default: joined.append(one)
            }
        }
        if let mount {
            // The container's root would become everybody's.
            if try NamespacePlan.isOwn(mount, "mnt") {
                throw RuntimeError(
                    step: "spec", errno: EINVAL, text: "the \(mount.name) is the runtime's own, which can't be a container's")
            }
            joined.append(mount)
        }
        (self.new, self.joined, self.pid, self.user) = (new, joined, pid, user)
        (self.newCgroup, self.newTime) = (newCgroup, newTime)
    }

    /// Whether the network is new, or joined and not the runtime's own.
    func hasOwnNetwork() throws(RuntimeError) -> Bool {
        if new.contains(.network) { return true }
        guard let network = joined.first(where: { $0.kind == .network }) else { return false }
        return try !NamespacePlan.isOwn(network, "net")
    }

    /// What must stay open for the doorway and init.
    var descriptors: [Int32] {
        var kept = joined.map(\.descriptor.raw)
        if let pid { kept.append(pid.descriptor.raw) }
        if let user { kept.append(user.descriptor.raw) }
        return kept
    }

    private static func isOwn(_ namespace: JoinedNamespace, _ name: String) throws(RuntimeError) -> Bool {
        try step("namespace", namespace.name) { () throws(SyscallError) in
            let own = try HostPath("/proc/self/ns/\(name)").open(.read).status()
            return own.isSameFile(as: try namespace.descriptor.status())
        }
    }

    static func kind(_ type: String) throws(RuntimeError) -> Namespaces {
        switch type {
        case "mount": return .mount
        case "pid": return .pid
        case "network": return .network
        case "ipc": return .ipc
        case "uts": return .uts
        case "cgroup": return .cgroup
        case "user": return .user
        case "time": return .time
        default: throw RuntimeError(step: "spec", errno: EINVAL, text: "unknown namespace type \"\(type)\"")
        }
    }
}
