// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A fork for programs with one thread: the shim makes its short-lived children with it. Never for the daemon, whose
// other threads may hold locks at that moment.

import CWharfLinux
import Glibc

/// Which side of a fork the caller is on.
public enum Fork {
    /// The child: everything was copied, descriptors included. It must not return into its parent's code.
    case child
    /// The parent, with the child's process id and a pidfd of it.
    case parent(pid: Int32, PidFD)

    /// Forks the calling process, which has one thread.
    public static func now() throws(SyscallError) -> Fork {
        var pidfd: Int32 = -1
        // CLONE_PIDFD; the child's end is told by SIGCHLD.
        let pid = try syscall("clone3") { wharf_clone3_fork(0x1000, &pidfd, SIGCHLD, -1) }
        return pid == 0 ? .child : .parent(pid: pid, PidFD(Descriptor(owning: pidfd)))
    }
}

/// Closes every descriptor from 3 on but these. In a forked child, whose copies would keep connections open that its
/// parent has closed.
public func closeDescriptors(except kept: [Descriptor]) throws(SyscallError) {
    var first: UInt32 = 3
    for number in kept.map(\.raw).filter({ $0 >= 3 }).sorted() {
        guard let number = UInt32(exactly: number), number >= first else { continue }
        if number > first {
            let start = first
            try syscall("close_range") { wharf_close_range(start, number - 1, 0) }
        }
        first = number + 1
    }
    let start = first
    try syscall("close_range") { wharf_close_range(start, UInt32.max, 0) }
}
