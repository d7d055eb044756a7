// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A file descriptor with one owner. Everything above this target passes `Descriptor`, never a bare number, so a
// descriptor is closed exactly once and can't be used after its number was given to somebody else.

import Glibc
import CWharfLinux
import Synchronization

/// Owns one kernel file descriptor and closes it when the last reference goes.
public final class Descriptor: Sendable {
    private let number: Atomic<Int32>

    /// Takes over a number that nobody else will close.
    public init(owning number: Int32) {
        self.number = Atomic(number)
    }

    /// The number, for a system call while `self` is alive. -1 behind `close()` or `release()`.
    public var raw: Int32 { number.load(ordering: .acquiring) }

    /// Closes now. A second call does nothing.
    public func close() {
        let owned = number.exchange(-1, ordering: .acquiringAndReleasing)
        if owned >= 0 { _ = Glibc.close(owned) }
    }

    /// Gives the number away: the caller closes it.
    public func release() -> Int32 {
        number.exchange(-1, ordering: .acquiringAndReleasing)
    }

    /// A second descriptor of the same open file, close-on-exec.
    public func duplicate() throws(SyscallError) -> Descriptor {
        Descriptor(owning: try syscall("dup3") { wharf_dup_cloexec(raw) })
    }

    deinit { close() }
}
