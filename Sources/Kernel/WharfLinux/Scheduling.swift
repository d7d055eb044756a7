// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// How the calling thread is scheduled, on which processors, and in which execution domain. A program that is executed
// afterwards keeps all of it.

import CWharfLinux
import Glibc

/// A scheduling policy with what belongs to it (sched_setattr(2)).
public struct SchedulingPolicy: Sendable, Equatable {
    /// SCHED_OTHER 0, FIFO 1, RR 2, BATCH 3, ISO 4, IDLE 5, DEADLINE 6.
    public var policy: UInt32
    /// SCHED_FLAG_* bits.
    public var flags: UInt64
    public var nice: Int32
    public var priority: UInt32
    /// Nanoseconds.
    public var runtime: UInt64
    public var deadline: UInt64
    public var period: UInt64

    public init(
        policy: UInt32, flags: UInt64 = 0, nice: Int32 = 0, priority: UInt32 = 0, runtime: UInt64 = 0, deadline: UInt64 = 0,
        period: UInt64 = 0
    ) {
        self.policy = policy
        self.flags = flags
        self.nice = nice
        self.priority = priority
        self.runtime = runtime
        self.deadline = deadline
        self.period = period
    }

    /// Puts the calling thread under the policy. EPERM without CAP_SYS_NICE for everything that asks for more.
    public func apply() throws(SyscallError) {
        var attributes = wharf_sched_attr(
            size: 0, policy: policy, flags: flags, nice: nice, priority: priority, runtime: runtime, deadline: deadline, period: period,
            util_min: 0, util_max: 0)
        try syscall("sched_setattr") { wharf_sched_setattr(&attributes) }
    }
}

/// Processors by number.
public struct ProcessorSet: Sendable, Equatable {
    /// One bit for each processor.
    private var words: [UInt64]
    /// NR_CPUS of the largest kernels.
    private static let limit = 8192

    /// Every processor there can be; the kernel takes those that the calling thread may use.
    public static let all = ProcessorSet(words: Array(repeating: .max, count: limit / 64))

    private init(words: [UInt64]) { self.words = words }

    /// From a list as the kernel writes it: `0-3,7`, spaces allowed around numbers. nil for anything else, also nothing.
    public init?(list: String) {
        words = []
        for part in list.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let ends = part.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false).map { ProcessorSet.number($0) }
            guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last else { return nil }
            for number in first...last { insert(number) }
        }
    }

    private mutating func insert(_ number: Int) {
        while words.count <= number / 64 { words.append(0) }
        words[number / 64] |= 1 << UInt64(number % 64)
    }

    private static func number(_ text: Substring.UTF8View) -> Int? {
        let space = UInt8(ascii: " ")
        var digits = text[...]
        while digits.first == space { digits.removeFirst() }
        while digits.last == space { digits.removeLast() }
        guard (1...4).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let value = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        return value < limit ? value : nil
    }

    /// Lets the calling thread run on these only. EINVAL when it may use none of them.
    public func apply() throws(SyscallError) {
        try syscall("sched_setaffinity") { words.withUnsafeBytes { wharf_set_affinity($0.baseAddress, $0.count) } }
    }
}

/// Verbs on the calling thread.
public enum Scheduling {
    /// The priority of reads and writes: class 1 (real time), 2 (best effort) or 3 (idle), and 0...7 within it.
    public static func setIOPriority(class: Int32, priority: Int32) throws(SyscallError) {
        try syscall("ioprio_set") { wharf_ioprio_set(`class` << 13 | priority) }
    }

    /// The execution domain, by the kernel's number (linux/personality.h).
    public static func setPersonality(_ domain: UInt) throws(SyscallError) {
        try syscall("personality") { wharf_personality(domain) }
    }
}
