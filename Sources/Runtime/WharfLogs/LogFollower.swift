// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Waiting for a log to grow, for `logs -f`: one inotify watch on the log's directory, which survives rotation.

import Glibc
public import WharfLinux

/// Says when a log may have changed. Made before the reader reaches the end, so that no change falls between.
public struct LogFollower: Sendable {
    /// Why a wait ended.
    public enum Wake: Sendable, Equatable {
        /// The log may have changed: read again.
        case changed
        /// `cancellation` became readable or was closed at its other end.
        case cancelled
        case timedOut
    }

    private let watch: DirectoryWatch

    /// Readable after a change; for a caller with a loop of its own, which then calls `drain()`.
    public var descriptor: Descriptor { watch.descriptor }

    /// Watches the directory of the log whose current file is `path`.
    public init(path: some KernelPath) throws(SyscallError) {
        watch = try DirectoryWatch(HostPath(path).parent)
    }

    /// Takes the reports that wait.
    public func drain() throws(SyscallError) { try watch.drain() }

    /// Blocks until something changes, `cancellation` is readable, or the time is over (-1: no limit).
    public func wait(cancellation: Descriptor? = nil, milliseconds: Int32 = -1) throws(SyscallError) -> Wake {
        var polled = [pollfd(fd: descriptor.raw, events: Int16(POLLIN), revents: 0)]
        if let cancellation { polled.append(pollfd(fd: cancellation.raw, events: Int16(POLLIN), revents: 0)) }
        let ready = try syscall("poll") { poll(&polled, nfds_t(polled.count), milliseconds) }
        if ready == 0 { return .timedOut }
        if polled.count > 1, polled[1].revents != 0 { return .cancelled }
        try drain()
        return .changed
    }
}
