// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The process between the maker and init where a user namespace comes together with joined ones: it joins the others with
// the rights of the host, goes through the door, and makes init behind it. The maker stays outside, where it still has
// hooks and control groups to see to. Only such containers pay for the extra process.

import Glibc
import WharfLinux
import WharfOCI

/// The child of the maker whose sibling init becomes.
struct Doorway {
    let plan: ContainerPlan
    let channel: InitChannel

    func run() -> Never {
        do { try pass() } catch { channel.fail(error) }
    }

    private func pass() throws(RuntimeError) -> Never {
        channel.maker.close()
        if let users = plan.users, !users.isNew, !(users.uids.isEmpty && users.gids.isEmpty) { try compareMaps(users) }
        for namespace in plan.namespaces.joined { try namespace.enter() }
        try plan.namespaces.pid?.enter()
        if let user = plan.namespaces.user {
            try user.enter()
            try UserNamespacePlan.becomeRoot()
        }
        // A version 2 group can't be started in from here: its files belong to the host.
        let options = CloneOptions(namespaces: plan.namespaces.new, asSibling: true)
        let (pid, pidfd) = try step("clone") { () throws(SyscallError) in
            try cloneProcess(options) { InitProcess(plan: plan, channel: channel).run() }
        }
        try channel.sendBorn(pid, pidfd)
        _exit(0)
    }

    /// Maps beside a path are a claim about the namespace there.
    private func compareMaps(_ users: UserNamespacePlan) throws(RuntimeError) {
        guard let user = plan.namespaces.user else { return }
        // In a child, because there is no way back through the door.
        let (_, child) = try step("clone") { () throws(SyscallError) in
            try cloneProcess(CloneOptions()) {
                do {
                    let proc = try step("namespace") { () throws(SyscallError) in try ProcFD() }
                    try user.enter()
                    let same =
                        try UserNamespacePlan.readMap(proc, getpid(), "uid_map").sameMap(as: users.uids)
                        && UserNamespacePlan.readMap(proc, getpid(), "gid_map").sameMap(as: users.gids)
                    _exit(same ? 0 : 1)
                } catch { _exit(2) }
            }
        }
        let end = try step("namespace") { () throws(SyscallError) in try child.wait() }
        switch end {
        case .exited(0): return
        case .exited(1):
            throw RuntimeError(
                step: "spec", errno: EINVAL,
                text: "the maps of the spec are not those of the \(user.name): a path or maps are enough, and both must agree")
        default: throw RuntimeError(step: "namespace", errno: EPERM, text: "the maps of the \(user.name) can't be read")
        }
    }
}

extension [IDMapping] {
    /// Whether both say the same, in whatever order.
    fileprivate func sameMap(as other: [IDMapping]) -> Bool { Set(self) == Set(other) }
}
