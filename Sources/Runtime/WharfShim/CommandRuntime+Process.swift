// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A process as every OCI runtime understands it. What only the built-in runtime does by itself is done here before:
// names of users become numbers, and rights that this host does not give are left out instead of failing the whole.

import WharfLinux
import WharfOCI
import WharfShimProtocol

extension CommandRuntime {
    /// Fills in and takes out. - Parameter terminal: the first size of its terminal; nil for a process without one.
    /// - Returns: warnings about what it will be without.
    static func prepare(_ process: inout RuntimeSpec.Process, in root: RootFD, terminal: WindowSize?) throws(ShimFailure) -> [String] {
        process.terminal = terminal != nil
        process.consoleSize = RuntimeSpec.ConsoleSize(height: terminal?.rows ?? 0, width: terminal?.columns ?? 0)
        try resolveUser(&process, in: root)
        return try dropMissing(&process.capabilities)
    }

    private static func resolveUser(_ process: inout RuntimeSpec.Process, in root: RootFD) throws(ShimFailure) {
        let wanted = process.user
        guard !wanted.username.isEmpty || !wanted.additionalGroups.isEmpty else { return }
        do throws(UserLookupError) {
            let name = wanted.username.isEmpty ? "\(wanted.uid):\(wanted.gid)" : wanted.username
            let user = try UserLookup(root).resolve(name, additionalGroups: wanted.additionalGids, groupNames: wanted.additionalGroups)
            process.user = RuntimeSpec.User(uid: user.uid, gid: user.gid, additionalGids: user.groups, umask: wanted.umask)
        } catch {
            throw ShimFailure(step: "user", errno: error.errno, text: error.description)
        }
    }

    /// A capability that this process has not can't be given; runc fails over it. An unknown name is the runtime's to refuse.
    private static func dropMissing(_ sets: inout RuntimeSpec.Capabilities) throws(ShimFailure) -> [String] {
        let held: UInt64
        do throws(SyscallError) {
            held = try CapabilitySets.current().permitted
        } catch {
            throw ShimFailure(step: "capabilities", error)
        }
        let isMissing = { (name: String) in Capability(name: name).map { held & $0.mask == 0 } ?? false }
        let missing = sets.permitted.filter(isMissing)
        for set in [\RuntimeSpec.Capabilities.bounding, \.effective, \.permitted, \.inheritable, \.ambient] {
            sets[keyPath: set].removeAll(where: isMissing)
        }
        return missing.map { "\($0) is not available on this host" }
    }
}
