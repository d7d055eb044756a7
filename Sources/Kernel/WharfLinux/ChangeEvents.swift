// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Descriptors that become readable when something happens elsewhere: a counter that the kernel raises, and a file that
// somebody writes.

import CWharfLinux
import Glibc

extension Descriptor {
    /// An eventfd that starts at 0, non-blocking.
    public static func eventCounter() throws(SyscallError) -> Descriptor {
        // EFD_CLOEXEC | EFD_NONBLOCK.
        Descriptor(owning: try syscall("eventfd2") { wharf_eventfd(0, O_CLOEXEC | O_NONBLOCK) })
    }

    /// An inotify descriptor, non-blocking, that is readable after each change of the file at a trusted path.
    public static func changes(of path: HostPath) throws(SyscallError) -> Descriptor {
        let descriptor = Descriptor(owning: try syscall("inotify_init1") { wharf_inotify() })
        try withPath(path, call: "inotify_add_watch") { name throws(SyscallError) in
            // IN_MODIFY.
            try syscall("inotify_add_watch", path.description) { wharf_inotify_add(descriptor.raw, name, 2) }
        }
        return descriptor
    }

    /// poll(2) for urgent data (POLLPRI), by which files of cgroup v2 and /proc tell of a change; false at the timeout.
    public func waitUrgent(milliseconds: Int32) -> Bool {
        var poller = pollfd(fd: raw, events: Int16(POLLPRI), revents: 0)
        return poll(&poller, 1, milliseconds) > 0
    }
}
