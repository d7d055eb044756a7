// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The fork of a single-threaded process: clone3 with namespaces. The child goes on in the copied image and never comes
// back from the given function.

import CWharfLinux
import Glibc

/// How a child is made.
public struct CloneOptions: Sendable {
    /// Namespaces that the child gets new.
    public var namespaces: Namespaces
    /// The child becomes the caller's sibling: its parent is the caller's parent.
    public var asSibling: Bool
    /// A version 2 control group to start in.
    public var cgroup: Descriptor?

    public init(namespaces: Namespaces = [], asSibling: Bool = false, cgroup: Descriptor? = nil) {
        self.namespaces = namespaces
        self.asSibling = asSibling
        self.cgroup = cgroup
    }
}

/// Makes a child that runs `body`. Only for a single-threaded process: the copy has one thread, and locks that others
/// held would stay locked in it.
public func cloneProcess(_ options: CloneOptions, _ body: () -> Never) throws(SyscallError) -> (pid: Int32, pidfd: PidFD) {
    // CLONE_PIDFD, CLONE_PARENT, CLONE_INTO_CGROUP.
    var flags = options.namespaces.rawValue | 0x1000
    if options.asSibling { flags |= 0x8000 }
    if options.cgroup != nil { flags |= 0x2_0000_0000 }
    var pidfd: Int32 = -1
    // A sibling's end is told by the signal of the caller's own clone.
    let signal = options.asSibling ? 0 : SIGCHLD
    var pid = wharf_clone3_fork(flags, &pidfd, signal, options.cgroup?.raw ?? -1)
    // A filter that can't look into clone3's arguments says that there is none.
    if pid < 0, errno == ENOSYS, options.cgroup == nil { pid = wharf_clone_fork(flags, &pidfd, signal) }
    if pid < 0 { throw SyscallError("clone3", errno: errno) }
    if pid == 0 { body() }
    return (pid, PidFD(Descriptor(owning: pidfd)))
}

/// What a process does to itself before it becomes another program.
public enum ProcessState {
    /// Default actions for all signals, none blocked.
    public static func resetSignals() { wharf_reset_signals() }

    /// Puts the null device where descriptor 0, 1 or 2 is closed, so that nothing opened later lands there.
    public static func occupyStandardStreams() throws(SyscallError) {
        while true {
            let null = try HostPath("/dev/null").open(.readWrite)
            if null.raw > 2 { return }
            _ = null.release()
        }
    }

    /// Closes every descriptor but the given ones. For a forked child, whose copies nobody else uses: `Descriptor`
    /// objects of the closed ones must not be used or released any more.
    public static func closeAll(except kept: [Int32]) {
        var next: UInt32 = 0
        // A number may be listed twice, and negative ones stand for nothing.
        for number in kept.sorted() where number >= Int64(next) {
            if UInt32(number) > next { _ = wharf_close_range(next, UInt32(number) - 1, 0) }
            next = UInt32(number) + 1
        }
        _ = wharf_close_range(next, UInt32.max, 0)
    }

    /// Marks every descriptor from `first` on close-on-exec.
    public static func closeOnExec(from first: UInt32) throws(SyscallError) {
        // CLOSE_RANGE_CLOEXEC.
        try syscall("close_range") { wharf_close_range(first, UInt32.max, 4) }
    }

    /// dup3: `descriptor` is also `number` from now on, over whatever was there; open across exec unless told.
    public static func assign(_ descriptor: Descriptor, to number: Int32) throws(SyscallError) {
        if descriptor.raw == number { return try descriptor.setCloseOnExec(false) }
        try syscall("dup3") { wharf_dup_onto(descriptor.raw, number, 0) }
    }

    /// Replaces the program. Comes back only with an error.
    public static func execute(_ path: [UInt8], arguments: [[UInt8]], environment: [[UInt8]]) throws(SyscallError) {
        let argv = NullTerminated(arguments)
        let envp = NullTerminated(environment)
        defer { withExtendedLifetime((argv, envp)) {} }
        try withPath(path, call: "execve") { path throws(SyscallError) in
            try syscall("execve", String(cString: path)) { execve(path, argv.pointers, envp.pointers) }
        }
    }

    /// Brings up `lo` of the calling process's network namespace.
    public static func raiseLoopback() throws(SyscallError) { try syscall("ioctl", "lo") { wharf_loopback_up() } }
}

/// A null-terminated array of C strings that lives as long as this object.
private final class NullTerminated {
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ strings: [[UInt8]]) {
        count = strings.count
        pointers = .allocate(capacity: count + 1)
        for (index, bytes) in strings.enumerated() {
            let text = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count + 1)
            for (offset, byte) in bytes.enumerated() { text[offset] = CChar(bitPattern: byte) }
            text[bytes.count] = 0
            pointers[index] = text
        }
        pointers[count] = nil
    }

    deinit {
        for index in 0..<count { pointers[index]?.deallocate() }
        pointers.deallocate()
    }
}
