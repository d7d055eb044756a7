// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// P9: capability sets of the calling process (capabilities(7)). Names belong to WharfOCI; here are bits.

import CWharfLinux
import Glibc

/// Sets of capabilities as bits of 64.
public struct CapabilitySets: Sendable, Equatable {
    public var bounding: UInt64
    public var effective: UInt64
    public var permitted: UInt64
    public var inheritable: UInt64
    public var ambient: UInt64

    public init(bounding: UInt64 = 0, effective: UInt64 = 0, permitted: UInt64 = 0, inheritable: UInt64 = 0, ambient: UInt64 = 0) {
        self.bounding = bounding
        self.effective = effective
        self.permitted = permitted
        self.inheritable = inheritable
        self.ambient = ambient
    }

    /// The three sets that capget tells; the others are 0.
    public static func current() throws(SyscallError) -> CapabilitySets {
        var sets = wharf_capability_sets()
        try syscall("capget") { wharf_capget(&sets) }
        return CapabilitySets(effective: sets.effective, permitted: sets.permitted, inheritable: sets.inheritable)
    }

    /// Drops everything outside `bounding` from the bounding set. Needs CAP_SETPCAP, so it comes first.
    public func dropBounding() throws(SyscallError) {
        for bit in UInt64(0)..<64 where bounding & (1 << bit) == 0 {
            do {
                try syscall("prctl", "PR_CAPBSET_DROP") { wharf_prctl(24, UInt(bit), 0, 0, 0) }
            } catch  where error.errno == EINVAL {
                // Beyond the kernel's last capability.
                break
            } catch {
                // What is not held needs no right to be dropped (PR_CAPBSET_READ is 23).
                if wharf_prctl(23, UInt(bit), 0, 0, 0) != 0 { throw error }
            }
        }
    }

    /// Keeps the permitted set over the change of user that follows (PR_SET_KEEPCAPS).
    public static func keepOverUserChange(_ on: Bool) throws(SyscallError) {
        try syscall("prctl", "PR_SET_KEEPCAPS") { wharf_prctl(8, on ? 1 : 0, 0, 0, 0) }
    }

    /// Sets permitted, effective, inheritable and ambient. What the caller itself lacks is left out of the first two,
    /// because asking for it would fail the whole call; the answer is what was left out.
    @discardableResult public func apply() throws(SyscallError) -> UInt64 {
        let held = try CapabilitySets.current().permitted
        let allowed = permitted & held
        let active = effective & allowed
        let inherited = inheritable & (allowed | held)
        try syscall("capset") { wharf_capset(active, allowed, inherited) }
        // PR_CAP_AMBIENT 47: CLEAR_ALL 4, RAISE 2.
        try syscall("prctl", "PR_CAP_AMBIENT") { wharf_prctl(47, 4, 0, 0, 0) }
        for bit in UInt64(0)..<64 where ambient & inherited & allowed & (1 << bit) != 0 {
            try syscall("prctl", "PR_CAP_AMBIENT") { wharf_prctl(47, 2, UInt(bit), 0, 0) }
        }
        return permitted & ~held
    }
}
