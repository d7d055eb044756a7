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
    private let process: RuntimeSpec.Process
    private let capabilities: CapabilitySets
    private let filter: SeccompFilter?
    private let root: RootFD
    private var user = ResolvedUser(uid: 0, gid: 0, groups: [], home: nil)
    var warnings: [String] = []

    init(process: RuntimeSpec.Process, capabilities: CapabilitySets, filter: SeccompFilter?, root: RootFD) {
        self.process = process
        self.capabilities = capabilities
        self.filter = filter
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

    /// Resource limits and the OOM score, while the process still may raise them. `proc` is a private procfs that is
    /// at hand; without one it is made when it is needed.
    func limit(_ proc: ProcFD?) throws(RuntimeError) {
        for limit in process.rlimits {
            guard let resource = ResourceLimit(name: limit.type) else {
                throw RuntimeError(step: "spec", errno: EINVAL, text: "unknown rlimit \(limit.type)")
            }
            try step("rlimit", "setting \(limit.type) to \(limit.soft):\(limit.hard)") { () throws(SyscallError) in
                try resource.set(soft: limit.soft, hard: limit.hard)
            }
        }
        if let score = process.oomScoreAdj {
            try step("oom-score") { () throws(SyscallError) in
                let own: ProcFD
                if let proc { own = proc } else { own = try ProcFD() }
                try own.openSelf("oom_score_adj", .write).writeOnce("\(score)")
            }
        }
        umask(mode_t(process.user.umask ?? 0o022))
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
        try step("user", "uid \(user.uid) gid \(user.gid)") { () throws(SyscallError) in
            try Credentials.setGroups(user.groups)
            try Credentials.setGroup(user.gid)
            try Credentials.setUser(user.uid)
        }
        try step("capabilities") { () throws(SyscallError) in
            try CapabilitySets.keepOverUserChange(false)
            missing = try capabilities.apply()
            // A change of user clears this, and only exec may set it again.
            try Credentials.setDumpable(false)
        }
        for capability in Capability.allCases where missing & capability.mask != 0 {
            warnings.append("\(capability.name) is not available on this host")
        }
        if process.noNewPrivileges { try step("no-new-privileges") { () throws(SyscallError) in try Credentials.setNoNewPrivileges() } }
    }

    private func loadFilter() throws(RuntimeError) {
        guard let filter else { return }
        try step("seccomp") { () throws(SyscallError) in _ = try filter.load() }
    }

    /// Goes to the working directory and becomes the program.
    func execute() throws(RuntimeError) -> Never {
        try enterWorkingDirectory()
        let arguments = process.args.map { Array($0.utf8) }
        var variables = process.env.map { Array($0.utf8) }
        if environment("HOME") == nil {
            let home = user.home ?? []
            variables.append(Array("HOME=".utf8) + (home.isEmpty ? [UInt8(ascii: "/")] : home))
        }
        let program = try ProgramLookup(search: environment("PATH") ?? []).find(arguments[0])
        try step("exec") { () throws(SyscallError) in try ProcessState.closeOnExec(from: 3) }
        if process.noNewPrivileges { try loadFilter() }
        do {
            try ProcessState.execute(program, arguments: arguments, environment: variables)
        } catch {
            throw RuntimeError(step: "exec", errno: error.errno, text: "exec \(displayPath(program)): \(error.reason)")
        }
        throw RuntimeError(step: "exec", errno: EINVAL, text: "exec \(displayPath(program)) came back")
    }

    /// P7: the directory is entered as the user, and must be one that the container can name: a descriptor that leaked
    /// from the host (`/proc/self/fd/7`) would not be.
    private func enterWorkingDirectory() throws(RuntimeError) {
        let path = process.cwd
        try step("cwd", "chdir to cwd (\"\(path)\") set in config.json failed") { () throws(SyscallError) in
            try withPath(path, call: "chdir") { path throws(SyscallError) in try syscall("chdir") { chdir(path) } }
            var buffer = [CChar](repeating: 0, count: 4096)
            guard getcwd(&buffer, buffer.count) != nil else { throw SyscallError("getcwd", errno: errno) }
            // The kernel answers "(unreachable)…" for a place outside the root.
            guard buffer[0] == CChar(UInt8(ascii: "/")) else { throw SyscallError("getcwd", errno: ENOENT) }
        }
    }

    /// The last value of a variable in the process's environment.
    private func environment(_ name: String) -> [UInt8]? {
        let prefix = Array(name.utf8) + [UInt8(ascii: "=")]
        for variable in process.env.reversed() where variable.utf8.starts(with: prefix) {
            return Array(variable.utf8.dropFirst(prefix.count))
        }
        return nil
    }
}
