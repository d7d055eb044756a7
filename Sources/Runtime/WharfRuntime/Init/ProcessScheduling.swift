// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The spec's words for scheduling as the kernel's numbers, and which of them go together (OCI runtime spec, config.md,
// "Linux Process"; sched(7)).

import Glibc
import WharfLinux
import WharfOCI

/// Translates and checks.
enum ProcessScheduling {
    /// The policy with its parameters.
    static func policy(_ scheduler: RuntimeSpec.Scheduler) throws(RuntimeError) -> SchedulingPolicy {
        let policies: [(StaticString, UInt32)] = [
            ("SCHED_OTHER", 0), ("SCHED_FIFO", 1), ("SCHED_RR", 2), ("SCHED_BATCH", 3), ("SCHED_ISO", 4), ("SCHED_IDLE", 5),
            ("SCHED_DEADLINE", 6),
        ]
        guard let policy = number(scheduler.policy, policies) else { throw invalid("unknown scheduler policy \"\(scheduler.policy)\"") }
        // sched.h has a number for it, no kernel has the policy.
        if policy == 4 { throw invalid("scheduler policy SCHED_ISO is not implemented by Linux") }
        guard (-20...19).contains(scheduler.nice) else { throw invalid("invalid scheduler nice: \(scheduler.nice)") }
        let (isRealTime, isDeadline) = (policy == 1 || policy == 2, policy == 6)
        if scheduler.nice != 0, policy != 0, policy != 3 {
            throw invalid("scheduler nice can only be specified for SCHED_OTHER or SCHED_BATCH policy")
        }
        if scheduler.priority != 0, !isRealTime {
            throw invalid("scheduler priority can only be specified for SCHED_FIFO or SCHED_RR policy")
        }
        if isRealTime, !(1...99).contains(scheduler.priority) {
            throw invalid("scheduler priority of \(scheduler.policy) must be 1 to 99, not \(scheduler.priority)")
        }
        if scheduler.runtime | scheduler.deadline | scheduler.period != 0, !isDeadline {
            throw invalid("scheduler runtime, deadline and period can only be specified for SCHED_DEADLINE policy")
        }
        var flags: UInt64 = 0
        for name in scheduler.flags {
            guard let flag = number(name, Self.flags) else { throw invalid("unknown scheduler flag \"\(name)\"") }
            flags |= UInt64(flag)
        }
        return SchedulingPolicy(
            policy: policy, flags: flags, nice: scheduler.nice, priority: UInt32(scheduler.priority), runtime: scheduler.runtime,
            deadline: scheduler.deadline, period: scheduler.period)
    }

    private static var flags: [(StaticString, UInt32)] {
        [
            ("SCHED_FLAG_RESET_ON_FORK", 0x01), ("SCHED_FLAG_RECLAIM", 0x02), ("SCHED_FLAG_DL_OVERRUN", 0x04),
            ("SCHED_FLAG_KEEP_POLICY", 0x08), ("SCHED_FLAG_KEEP_PARAMS", 0x10), ("SCHED_FLAG_UTIL_CLAMP_MIN", 0x20),
            ("SCHED_FLAG_UTIL_CLAMP_MAX", 0x40),
        ]
    }

    /// The kernel's number of an I/O class; the priority is checked beside it.
    static func ioClass(_ priority: RuntimeSpec.IOPriority) throws(RuntimeError) -> Int32 {
        let classes: [(StaticString, UInt32)] = [("IOPRIO_CLASS_RT", 1), ("IOPRIO_CLASS_BE", 2), ("IOPRIO_CLASS_IDLE", 3)]
        guard let ioClass = number(priority.class, classes) else { throw invalid("invalid ioPriority.Class: \(priority.class)") }
        guard (0...7).contains(priority.priority) else { throw invalid("invalid ioPriority.Priority: \(priority.priority)") }
        return Int32(ioClass)
    }

    /// Both lists of an affinity; nil where one is empty.
    static func processors(
        _ affinity: RuntimeSpec.ExecCPUAffinity
    ) throws(RuntimeError) -> (initial: ProcessorSet?, final: ProcessorSet?) {
        (try processors(affinity.initial, "initial"), try processors(affinity.final, "final"))
    }

    private static func processors(_ list: String, _ name: String) throws(RuntimeError) -> ProcessorSet? {
        if list.isEmpty { return nil }
        guard let set = ProcessorSet(list: list) else { throw invalid("execCPUAffinity.\(name): bad CPU list \"\(list)\"") }
        return set
    }

    /// The kernel's number of an execution domain.
    static func domain(_ personality: RuntimeSpec.Personality) throws(RuntimeError) -> UInt {
        guard let domain = number(personality.domain, [("LINUX", 0), ("LINUX32", 0x0008)]) else {
            throw invalid("invalid personality domain \(personality.domain)")
        }
        if let flag = personality.flags.first { throw invalid("additional flag \"\(flag)\" is not supported by personality") }
        return UInt(domain)
    }

    private static func number(_ name: String, _ table: [(StaticString, UInt32)]) -> UInt32? {
        table.first { entry in
            name.utf8.elementsEqual(UnsafeBufferPointer(start: entry.0.utf8Start, count: entry.0.utf8CodeUnitCount))
        }?.1
    }

    private static func invalid(_ text: String) -> RuntimeError { RuntimeError(step: "spec", errno: EINVAL, text: text) }
}
