// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Tells that the memory controller killed something: an eventfd on version 1, an inotify watch on version 2. It is set
// up before the program starts, so that a fast death is not missed, and the count is read when a process has ended.

public import WharfLinux

/// A watch on one container's memory group.
public struct OOMWatch: Sendable {
    /// Readable when something may have happened; call `drain()` then.
    public let descriptor: Descriptor
    private let directory: CgroupDirectory
    private let file: String

    /// Version 1: memory.oom_control with an eventfd, registered in cgroup.event_control.
    init(v1 directory: CgroupDirectory) throws(SyscallError) {
        self.directory = directory
        file = "memory.oom_control"
        descriptor = try Descriptor.eventCounter()
        let control = try (directory.path / file).open(.read)
        try directory.write("cgroup.event_control", "\(descriptor.raw) \(control.raw)")
    }

    /// Version 2: memory.events changes with every event.
    init(v2 directory: CgroupDirectory) throws(SyscallError) {
        self.directory = directory
        file = "memory.events"
        descriptor = try Descriptor.changes(of: directory.path / file)
    }

    /// Takes the waiting events, so that the descriptor is quiet until the next one.
    public func drain() {
        withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 8) { buffer in
            // EAGAIN is the end of what was waiting.
            while let count = try? descriptor.read(into: buffer), count > 0 {}
        }
    }

    /// How many processes in here were killed for want of memory, so far. 0 when the group is gone.
    public func killCount() -> UInt64 {
        // The file is gone with the group: then nothing more can be told.
        ((try? directory.value("oom_kill", in: file)) ?? nil) ?? 0
    }
}
