// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a process must be, a container's first one and one for exec.

import Glibc
import WharfLinux
import WharfOCI

extension SpecCheck {
    /// Checks everything that does not need the host.
    static func check(_ process: RuntimeSpec.Process) throws(RuntimeError) {
        guard let program = process.args.first else { throw invalid("the process has no arguments") }
        if program.isEmpty { throw RuntimeError(step: "exec", errno: ENOENT, text: "exec: \"\": executable file not found in $PATH") }
        if process.args.contains(where: { $0.utf8.contains(0) }) { throw invalid("an argument holds a NUL byte") }
        if process.env.contains(where: { $0.utf8.contains(0) }) { throw invalid("an environment variable holds a NUL byte") }
        guard process.cwd.utf8.first == UInt8(ascii: "/"), !process.cwd.utf8.contains(0) else {
            throw invalid("cwd must be an absolute path, not \"\(process.cwd)\"")
        }
        if let score = process.oomScoreAdj, !(-1000...1000).contains(score) { throw invalid("oomScoreAdj \(score) is out of range") }
        if let mask = process.user.umask, mask > 0o777 { throw invalid("umask \(mask) is out of range") }
        for id in process.user.additionalGids where id > UserLookup.highestID {
            throw RuntimeError(step: "user", errno: EINVAL, text: "uids and gids must be in range 0-\(UserLookup.highestID)")
        }
        if process.user.additionalGids.count > 65536 { throw invalid("more than 65536 additionalGids") }
        if [process.apparmorProfile, process.selinuxLabel].contains(where: { $0.utf8.contains { $0 < 0x20 } }) {
            throw invalid("a label holds a control character")
        }
        if let scheduler = process.scheduler { _ = try ProcessScheduling.policy(scheduler) }
        if let priority = process.ioPriority { _ = try ProcessScheduling.ioClass(priority) }
        if let affinity = process.execCPUAffinity { _ = try ProcessScheduling.processors(affinity) }
        try check(process.rlimits)
    }

    private static func check(_ limits: [RuntimeSpec.Rlimit]) throws(RuntimeError) {
        var seen: [Int32] = []
        for limit in limits {
            guard let resource = ResourceLimit(name: limit.type)?.resource else { throw invalid("unknown rlimit \(limit.type)") }
            if seen.contains(resource) { throw invalid("the rlimit \(limit.type) is listed twice") }
            seen.append(resource)
            if limit.soft > limit.hard {
                throw invalid("rlimit \(limit.type): the soft limit \(limit.soft) is above the hard \(limit.hard)")
            }
        }
    }
}
