// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The kernel's clocks. Back-off, deadlines and leases count boot time, which also runs while the machine sleeps and
// never jumps; wall time is only for showing.

import CWharfLinux
import Glibc

/// Readings of clock_gettime(2).
public enum KernelClock {
    /// Time since boot without suspended time; never goes back.
    public static func monotonic() -> Duration { read(CLOCK_MONOTONIC) }

    /// Time since boot with suspended time; never goes back.
    public static func boot() -> Duration { read(CLOCK_BOOTTIME) }

    /// Wall time since 1970 in UTC: seconds and the nanoseconds below.
    public static func realtime() -> (seconds: Int64, nanoseconds: Int32) {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return (Int64(time.tv_sec), Int32(time.tv_nsec))
    }

    private static func read(_ clock: clockid_t) -> Duration {
        var time = timespec()
        clock_gettime(clock, &time)
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }
}
