// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What init and an exec'd process do alike once they are inside: find out who they are, take their standard streams,
// accept their limits and give up their rights. The order is the point: a system call filter is the last step before the
// program where that is allowed without rights, and the last one with rights otherwise.

import Glibc
import WharfLinux
import WharfOCI

/// A process on its way to its program.
struct ProcessSetup {
    let process: RuntimeSpec.Process
    let inherited: InheritedDescriptors
    /// Whether it is in a user namespace that is not the maker's, which has set the limits from outside then.
    let hasOwnUsers: Bool
    private let capabilities: CapabilitySets
    private let filter: SeccompFilter?
    private let channel: InitChannel
    private let root: RootFD
    private(set) var user = ResolvedUser(uid: 0, gid: 0, groups: [], home: nil)
    var warnings: [String] = []

    /// For a container's first process.
    init(_ plan: ContainerPlan, channel: InitChannel, root: RootFD) {
        process = plan.spec.process
        inherited = plan.inherited
        hasOwnUsers = plan.users != nil
        capabilities = plan.capabilities
        filter = plan.filter
        self.channel = channel
        self.root = root
    }

    /// For a further process.
    init(_ request: NewProcess, hasOwnUsers: Bool, capabilities: CapabilitySets, channel: InitChannel, root: RootFD) {
        process = request.process
        inherited = request.inherited
        self.hasOwnUsers = hasOwnUsers
        self.capabilities = capabilities
        filter = request.filter
        self.channel = channel
        self.root = root
    }

    /// Looks the user up in the container's files.
    mutating func resolveUser() throws(RuntimeError) {
        let wanted = process.user
        let lookup = UserLookup(root)
        do throws(UserLookupError) {
            if !wanted.username.isEmpty {
                user = try lookup.resolve(
                    wanted.username, additionalGroups: wanted.additionalGids, groupNames: wanted.additionalGroups)
                return
            }
            guard wanted.uid <= UserLookup.highestID, wanted.gid <= UserLookup.highestID else {
                throw UserLookupError(description: "uids and gids must be in range 0-\(UserLookup.highestID)", errno: EINVAL)
            }
            let groups = wanted.additionalGids.contains(wanted.gid) ? wanted.additionalGids : [wanted.gid] + wanted.additionalGids
            let home = environment("HOME") == nil ? try lookup.home(of: wanted.uid) : nil
            user = ResolvedUser(uid: wanted.uid, gid: wanted.gid, groups: groups, home: home)
        } catch {
            throw RuntimeError(step: "user", errno: error.errno, text: error.description)
        }
    }

    /// Makes the streams descriptors 0, 1 and 2, owned by the user so that /dev/stdout can be opened again.
    func attachStandardStreams(_ stdio: Stdio, _ terminal: Terminal?) throws(RuntimeError) {
        try step("stdio") { () throws(SyscallError) in
            if let terminal {
                try PseudoTerminal.makeControlling(terminal.peer)
                for number in Int32(0)...2 { try ProcessState.assign(terminal.peer, to: number) }
            } else if case .descriptors(let input, let output, let error) = stdio {
                // Copies above 2 first: one of the three could be in the place of another.
                let copies = [try input.duplicateAbove(3), try output.duplicateAbove(3), try error.duplicateAbove(3)]
                for (number, copy) in copies.enumerated() { try ProcessState.assign(copy, to: Int32(number)) }
            }
        }
        for number in Int32(0)...2 { try giveToUser(number) }
    }

    private func giveToUser(_ number: Int32) throws(RuntimeError) {
        let stream = Descriptor(owning: number)
        defer { _ = stream.release() }
        try step("stdio") { () throws(SyscallError) in
            let status = try stream.status()
            let isNull = status.kind == .characterDevice && status.deviceMajor == 1 && status.deviceMinor == 3
            if isNull || status.uid == user.uid { return }
            do throws(SyscallError) {
                try stream.setOwner(uid: user.uid, gid: status.gid)
            } catch  where error.errno == EINVAL || error.errno == EPERM || error.errno == EROFS {
                // A stream of a kind that has no owner, or somebody else's file: it stays as it is.
                return
            }
        }
    }

    /// Gives up rights and becomes the user: bounding set first, for it needs a right of its own; then groups before
    /// the user, for the same reason; the other sets last, because a change of user clears them.
    mutating func becomeUser() throws(RuntimeError) {
        let user = self.user
        var missing: UInt64 = 0
        // Without no_new_privs only CAP_SYS_ADMIN may load it: now or never.
        if !process.noNewPrivileges { try loadFilter() }
        try step("capabilities") { () throws(SyscallError) in
            try capabilities.dropBounding()
            try CapabilitySets.keepOverUserChange(true)
        }
        do throws(SyscallError) {
            try setGroups(user.groups)
            try Credentials.setGroup(user.gid)
            try Credentials.setUser(user.uid)
        } catch {
            let reason = hasOwnUsers && error.errno == EINVAL ? ": no mapping in the container's user namespace" : ""
            throw RuntimeError(step: "user", errno: error.errno, text: "uid \(user.uid) gid \(user.gid): \(error)\(reason)")
        }
        try step("capabilities") { () throws(SyscallError) in
            try CapabilitySets.keepOverUserChange(false)
            missing = try capabilities.apply()
            // A change of user clears this, and only exec may set it again.
            try Credentials.setDumpable(false)
        }
        if missing != 0 {
            for capability in Capability.allCases where missing & capability.mask != 0 {
                warnings.append("\(capability.name) is not available on this host")
            }
        }
        if process.noNewPrivileges { try step("no-new-privileges") { () throws(SyscallError) in try Credentials.setNoNewPrivileges() } }
    }

    /// A user namespace that was made without rights keeps the groups of who made it: where no others are wanted that is
    /// no failure.
    private func setGroups(_ groups: [UInt32]) throws(SyscallError) {
        do {
            try Credentials.setGroups(groups)
        } catch  where error.errno == EPERM && hasOwnUsers && groups.allSatisfy({ $0 == user.gid }) {
            return
        }
    }

    /// Loads a filter that hands calls to an agent, unless that has happened: before the program may run, while the maker
    /// is there to bring the agent its listener.
    func notifyAgent() throws(RuntimeError) {
        if process.noNewPrivileges, filter?.notifies ?? false { try loadFilter() }
    }

    /// Loads the filter as the last step before the program, unless that has happened.
    func loadLastFilter() throws(RuntimeError) {
        if process.noNewPrivileges, !(filter?.notifies ?? false) { try loadFilter() }
    }

    private func loadFilter() throws(RuntimeError) {
        guard let filter else { return }
        let listener = try step("seccomp") { () throws(SyscallError) in try filter.load() }
        // From here on any call may wait for the agent.
        if let listener { _ = try channel.request(.listener, listener.raw) }
    }

    /// The last value of a variable in the process's environment.
    func environment(_ name: String) -> [UInt8]? {
        let prefix = Array(name.utf8) + [UInt8(ascii: "=")]
        for variable in process.env.reversed() where variable.utf8.starts(with: prefix) {
            return Array(variable.utf8.dropFirst(prefix.count))
        }
        return nil
    }
}
