// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// epoll(7): the one place where a synchronous program waits for many descriptors.

import CWharfLinux
import Glibc

/// A set of watched descriptors. Closing a watched descriptor's last copy takes it out of the set.
public struct Epoll: Sendable {
    /// What to watch for, and what happened.
    public struct Events: OptionSet, Sendable, Hashable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        public static let readable = Events(rawValue: UInt32(WHARF_EPOLL_IN))
        public static let writable = Events(rawValue: UInt32(WHARF_EPOLL_OUT))
        /// Exceptional condition: an out-of-band byte, a cgroup file that changed.
        public static let priority = Events(rawValue: UInt32(WHARF_EPOLL_PRI))
        /// Both directions are closed. Reported without being asked for.
        public static let hangUp = Events(rawValue: UInt32(WHARF_EPOLL_HUP))
        /// The peer closed its writing end.
        public static let readHangUp = Events(rawValue: UInt32(WHARF_EPOLL_RDHUP))
        /// Reported without being asked for.
        public static let error = Events(rawValue: UInt32(WHARF_EPOLL_ERR))
    }

    /// One report: the token that `add` was given, and what happened.
    public struct Report: Sendable {
        public let token: UInt64
        public let events: Events
    }

    /// The set's own descriptor: readable when a report waits.
    public let descriptor: Descriptor

    public init() throws(SyscallError) {
        descriptor = Descriptor(owning: try syscall("epoll_create1") { wharf_epoll_create() })
    }

    /// Watches `target` and reports it as `token`. EPERM for what can't be watched (a regular file).
    public func add(_ target: Descriptor, _ events: Events, token: UInt64) throws(SyscallError) {
        try syscall("epoll_ctl") { wharf_epoll_add(descriptor.raw, target.raw, events.rawValue, token) }
    }

    /// Changes what a watched descriptor is watched for.
    public func modify(_ target: Descriptor, _ events: Events, token: UInt64) throws(SyscallError) {
        try syscall("epoll_ctl") { wharf_epoll_modify(descriptor.raw, target.raw, events.rawValue, token) }
    }

    /// Stops watching. To be called before `target` is closed when the open file has other copies (in a child).
    public func remove(_ target: Descriptor) throws(SyscallError) {
        try syscall("epoll_ctl") { wharf_epoll_remove(descriptor.raw, target.raw) }
    }

    /// Waits for at least one report, at most `milliseconds` (-1: no limit; 0: looks only). Empty on a timeout and when
    /// a signal interrupted the wait. Up to 32 reports at a time.
    public func wait(milliseconds: Int32 = -1) throws(SyscallError) -> [Report] {
        do throws(SyscallError) {
            var reports: [Report] = []
            try syscall("epoll_wait", retryOnInterrupt: false) {
                withUnsafeTemporaryAllocation(of: wharf_event.self, capacity: Int(WHARF_EPOLL_BATCH)) { buffer in
                    let count = wharf_epoll_wait(descriptor.raw, buffer.baseAddress, milliseconds)
                    for event in buffer.prefix(Int(max(count, 0))) {
                        reports.append(Report(token: event.token, events: Events(rawValue: event.events)))
                    }
                    return count
                }
            }
            return reports
        } catch  where error.errno == EINTR {
            return []
        }
    }
}
