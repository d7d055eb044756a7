// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the maker does for init while it sets the container up: things that need the host's namespaces or rights. Init asks
// on the channel and waits. Docker's default container asks for nothing.

import Glibc
import WharfLinux
import WharfOCI

/// What init may ask for.
enum InitRequest: UInt8 {
    /// Run prestart and createRuntime: everything exists, the root is not entered yet.
    case hooks = 1
    /// Write the offsets of the time namespace that init has made for its children, and answer with its descriptor.
    case timeOffsets = 2
    /// Hand the filter's listener, which has this number in init, to the agent.
    case listener = 3
}

/// The maker's side, for one init or one exec'd process.
struct InitServices {
    let pid: Int32
    let pidfd: PidFD
    /// With the process id as the host sees it and the status `creating`.
    let state: ContainerState?
    var hooks: RuntimeSpec.Hooks?
    var timeOffsets: [String: RuntimeSpec.TimeOffset] = [:]
    let filter: SeccompFilter?

    /// Does it; the answer are descriptors for init.
    func serve(_ request: InitRequest, _ number: Int32) throws(RuntimeError) -> [Descriptor] {
        switch request {
        case .hooks:
            guard let hooks, let state else { throw unexpected() }
            try Hooks.run(hooks.prestart, state: state, at: .prestart)
            try Hooks.run(hooks.createRuntime, state: state, at: .createRuntime)
            return []
        case .timeOffsets: return [try setTimeOffsets()]
        case .listener:
            guard let filter, let state else { throw unexpected() }
            try filter.sendListener(number, of: pidfd, pid: pid, state: state)
            return []
        }
    }

    private func unexpected() -> RuntimeError { RuntimeError(step: "init", errno: EPROTO, text: "unexpected request of init") }

    private func setTimeOffsets() throws(RuntimeError) -> Descriptor {
        let lines = timeOffsets.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            .map { "\($0.key) \($0.value.secs) \($0.value.nanosecs)\n" }
        return try step("namespace", "time namespace offsets") { () throws(SyscallError) in
            if !lines.isEmpty { try ProcFD().open("\(pid)/timens_offsets", .write).writeOnce(lines.joined()) }
            return try Namespaces.open(HostPath("/proc/\(pid)/ns/time_for_children"))
        }
    }
}
