// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A deadline as something to read, on the clock that never jumps.

import CWharfLinux
import Glibc

/// A one-shot timer (CLOCK_MONOTONIC). Readable when it has fired.
public struct TimerFD: Sendable {
    public let descriptor: Descriptor

    /// Made without a deadline.
    public init() throws(SyscallError) {
        descriptor = Descriptor(owning: try syscall("timerfd_create") { wharf_timerfd() })
    }

    /// Fires once, `milliseconds` from now (at least 1); replaces an earlier deadline.
    public func arm(milliseconds: Int64) throws(SyscallError) {
        try syscall("timerfd_settime") { wharf_timerfd_set(descriptor.raw, max(milliseconds, 1)) }
    }

    /// Takes the deadline away, and a firing that nobody has read.
    public func disarm() throws(SyscallError) {
        try syscall("timerfd_settime") { wharf_timerfd_set(descriptor.raw, 0) }
    }

    /// Takes the firing; false when it has not fired.
    @discardableResult
    public func consume() -> Bool {
        var count: UInt64 = 0
        return Glibc.read(descriptor.raw, &count, 8) == 8
    }
}
