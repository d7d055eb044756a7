// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Reading and writing through a descriptor. Every read of a whole file has a byte cap (P10), so that a FIFO, a device
// or a sparse giant in a place where a small file is expected can't take the process's memory.

import CWharfLinux
import Glibc

extension Descriptor {
    /// One read(2). 0 at the end; EAGAIN is thrown.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(SyscallError) -> Int {
        try syscall("read") { Glibc.read(raw, buffer.baseAddress, buffer.count) }
    }

    /// One pread(2) at `offset`.
    public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(SyscallError) -> Int {
        try syscall("pread") { pread(raw, buffer.baseAddress, buffer.count, off_t(offset)) }
    }

    /// Everything up to the end, at most `limit` bytes; more is EFBIG.
    public func readAll(limit: Int) throws(SyscallError) -> [UInt8] {
        var bytes: [UInt8] = []
        // Of its memory only what is read into is touched, and most files fit at once.
        let chunk = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 64 << 10)
        defer { chunk.deallocate() }
        while true {
            let room = UnsafeMutableBufferPointer(rebasing: chunk[..<min(chunk.count, limit + 1 - bytes.count)])
            let count = try read(into: UnsafeMutableRawBufferPointer(room))
            if count == 0 { return bytes }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: room[..<count]))
            if bytes.count > limit { throw SyscallError("read", errno: EFBIG) }
        }
    }

    /// One write(2): how many bytes were taken. EAGAIN is thrown.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(SyscallError) -> Int {
        try syscall("write") { Glibc.write(raw, bytes.baseAddress, bytes.count) }
    }

    /// Writes all of `bytes`; the descriptor must be blocking.
    public func writeAll(_ bytes: [UInt8]) throws(SyscallError) {
        try bytes.withUnsafeBufferPointer { buffer throws(SyscallError) in try writeAll(UnsafeRawBufferPointer(buffer)) }
    }

    /// Writes all of `bytes`; the descriptor must be blocking.
    public func writeAll(_ bytes: UnsafeRawBufferPointer) throws(SyscallError) {
        var done = 0
        while done < bytes.count {
            done += try write(UnsafeRawBufferPointer(rebasing: bytes[done...]))
        }
    }

    /// Writes `text` with exactly one write(2), as files of /proc, /sys and cgroups want it.
    public func writeOnce(_ text: String) throws(SyscallError) {
        let bytes = Array(text.utf8)
        let count = try bytes.withUnsafeBufferPointer { buffer throws(SyscallError) -> Int in
            try write(UnsafeRawBufferPointer(buffer))
        }
        if count != bytes.count { throw SyscallError("write", errno: EIO) }
    }

    /// Data and metadata to the disk.
    public func sync() throws(SyscallError) { try syscall("fsync") { fsync(raw) } }

    /// Data, and what is needed to find it again, to the disk.
    public func syncData() throws(SyscallError) { try syscall("fdatasync") { fdatasync(raw) } }

    /// The whole file system that this lies on to the disk.
    public func syncFileSystem() throws(SyscallError) { try syscall("syncfs") { wharf_syncfs(raw) } }

    /// Lets the disk begin with a part of the file, and waits for nothing: a later flush finds less to do. A hint, and no
    /// promise about a power cut; file systems that know no such thing ignore it.
    public func startWriteback(from offset: Int64, count: Int64) { _ = wharf_start_writeback(raw, offset, count) }

    /// ftruncate(2).
    public func truncate(to size: Int64) throws(SyscallError) { try syscall("ftruncate") { ftruncate(raw, off_t(size)) } }

    /// lseek(2) with SEEK_SET; answers the new offset.
    @discardableResult public func seek(to offset: Int64) throws(SyscallError) -> Int64 {
        Int64(try syscall("lseek") { lseek(raw, off_t(offset), SEEK_SET) })
    }

    /// Turns O_NONBLOCK on or off. It belongs to the open file, so every duplicate changes with it.
    public func setNonBlocking(_ on: Bool) throws(SyscallError) {
        let flags = try syscall("fcntl", "F_GETFL") { wharf_get_status_flags(raw) }
        let wanted = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK
        if wanted != flags { try syscall("fcntl", "F_SETFL") { wharf_set_status_flags(raw, wanted) } }
    }

    /// Turns close-on-exec on or off for this number.
    public func setCloseOnExec(_ on: Bool) throws(SyscallError) {
        try syscall("fcntl", "F_SETFD") { wharf_set_cloexec(raw, on ? 1 : 0) }
    }

    /// An exclusive flock(2) on the open file; false when somebody else holds it. Ends with the last duplicate.
    public func tryLock() throws(SyscallError) -> Bool {
        do {
            try syscall("flock") { wharf_flock(raw, LOCK_EX | LOCK_NB) }
            return true
        } catch  where error.errno == EWOULDBLOCK {
            return false
        }
    }

    /// Makes the directory behind this descriptor the process's current one.
    public func makeCurrentDirectory() throws(SyscallError) { try syscall("fchdir") { fchdir(raw) } }

    /// The process's own current directory as a handle; for `openat2` relative to it.
    public static func currentDirectory() throws(SyscallError) -> Descriptor {
        Descriptor(
            owning: try syscall("openat2", ".") {
                wharf_openat2(AT_FDCWD, ".", (OpenFlags.handle.union(.directory)).kernelValue, 0, 0)
            })
    }
}

extension Descriptor {
    /// The inode that this handle (O_PATH) names, opened for reading without waiting for anybody. Its name is not looked up
    /// again: what was verified through the handle is what is read.
    public func reopenedForReading() throws(SyscallError) -> Descriptor {
        try HostPath("/proc/self/fd/\(raw)").open([.read, .nonBlocking, .noControllingTerminal])
    }

    /// A duplicate with a number of at least `lowest`, close-on-exec.
    public func duplicateAbove(_ lowest: Int32) throws(SyscallError) -> Descriptor {
        Descriptor(owning: try syscall("fcntl", "F_DUPFD_CLOEXEC") { wharf_dup_cloexec_from(raw, lowest) })
    }
}
