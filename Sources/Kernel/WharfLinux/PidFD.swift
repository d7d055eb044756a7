// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A process by descriptor: a pid can be reused between looking and acting, a pidfd can't.

import CWharfLinux
import Glibc

/// How a process ended.
public enum ProcessExit: Sendable, Equatable {
    /// exit(2) with this code, 0...255.
    case exited(code: Int32)
    /// Killed by this signal.
    case signaled(signal: Int32)

    /// Docker's and the shell's number: the code, or 128 + signal.
    public var code: Int32 {
        switch self {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        }
    }

    init(_ raw: wharf_exit) {
        // CLD_EXITED is 1; killed and dumped both carry the signal.
        self = raw.code == 1 ? .exited(code: raw.status) : .signaled(signal: raw.status)
    }
}

/// A process that stays the same one for as long as this is held. The descriptor is readable (poll) once it has ended.
public struct PidFD: Sendable {
    public let descriptor: Descriptor

    /// Takes over a pidfd that clone3 or a message brought.
    public init(_ descriptor: Descriptor) { self.descriptor = descriptor }

    /// pidfd_open(2); ESRCH when there is no such process.
    public static func open(_ pid: Int32) throws(SyscallError) -> PidFD {
        PidFD(Descriptor(owning: try syscall("pidfd_open", "\(pid)") { wharf_pidfd_open(pid, 0) }))
    }

    /// Sends a signal; ESRCH when the process has ended and was reaped.
    public func send(_ signal: Int32) throws(SyscallError) {
        try syscall("pidfd_send_signal") { wharf_pidfd_send_signal(descriptor.raw, signal) }
    }

    /// The process's id in the caller's pid namespace (/proc/self/fdinfo); ESRCH when it is gone or not there.
    public func processID() throws(SyscallError) -> Int32 {
        let lines = try ProcFD().openSelf("fdinfo/\(descriptor.raw)").readAll(limit: 4096).split(separator: UInt8(ascii: "\n"))
        let line = lines.first { $0.starts(with: "Pid:".utf8) }
        let number = line.flatMap { Int32(String(decoding: $0.dropFirst(4).filter { $0 > UInt8(ascii: " ") }, as: UTF8.self)) }
        guard let number, number > 0 else { throw SyscallError("pidfd", errno: ESRCH) }
        return number
    }

    /// A descriptor of the process, by its number there (pidfd_getfd). Needs the right to trace the process.
    public func copyDescriptor(_ number: Int32) throws(SyscallError) -> Descriptor {
        Descriptor(owning: try syscall("pidfd_getfd", "\(number)") { wharf_pidfd_getfd(descriptor.raw, number) })
    }

    /// Reaps this child: blocks until it ends. ECHILD when it is not a child of this process.
    public func wait() throws(SyscallError) -> ProcessExit {
        var raw = wharf_exit()
        try syscall("waitid") { wharf_wait_pidfd(descriptor.raw, Int32(WEXITED), &raw) }
        return ProcessExit(raw)
    }

    /// Reaps this child if it has ended, nil while it runs.
    public func waitNow() throws(SyscallError) -> ProcessExit? {
        var raw = wharf_exit()
        let found = try syscall("waitid") { wharf_wait_pidfd(descriptor.raw, Int32(WEXITED | WNOHANG), &raw) }
        return found == 0 ? nil : ProcessExit(raw)
    }

    /// Whether it is this process's child, ended or not; it is not reaped.
    public func isChild() throws(SyscallError) -> Bool {
        var raw = wharf_exit()
        do {
            try syscall("waitid") { wharf_wait_pidfd(descriptor.raw, Int32(WEXITED | WNOHANG | WNOWAIT), &raw) }
            return true
        } catch  where error.errno == ECHILD {
            return false
        }
    }

    /// Whether the process has ended (poll), whoever its parent is.
    public func hasEnded() throws(SyscallError) -> Bool {
        var poller = pollfd(fd: descriptor.raw, events: Int16(POLLIN), revents: 0)
        return try syscall("poll") { poll(&poller, 1, 0) } == 1
    }

    /// Waits until the process has ended, at most `timeout`; false when it still runs then.
    public func waitForEnd(timeout: Duration) throws(SyscallError) -> Bool {
        try descriptor.waitReadable(timeout: timeout)
    }

    /// Reaps any child that has ended, nil when none has. ECHILD (no children at all) is nil too.
    public static func reapAny() throws(SyscallError) -> (pid: Int32, exit: ProcessExit)? {
        var raw = wharf_exit()
        do {
            let found = try syscall("waitid") { wharf_wait_any(Int32(WEXITED | WNOHANG), &raw) }
            return found == 0 ? nil : (raw.pid, ProcessExit(raw))
        } catch  where error.errno == ECHILD {
            return nil
        }
    }
}

extension Descriptor {
    /// Waits until a read would not block (or the other end is gone), at most `timeout`; false when the time is over.
    public func waitReadable(timeout: Duration) throws(SyscallError) -> Bool {
        let deadline = KernelClock.monotonic() + timeout
        while true {
            let left = deadline - KernelClock.monotonic()
            let (seconds, attoseconds) = left.components
            let milliseconds = max(0, min(Int64(Int32.max), seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
            var poller = pollfd(fd: raw, events: Int16(POLLIN), revents: 0)
            let ready = poll(&poller, 1, Int32(milliseconds))
            if ready > 0 { return true }
            if ready < 0 && errno != EINTR { throw SyscallError("poll", errno: errno) }
            if ready == 0 && left <= .milliseconds(Int64(Int32.max)) { return false }
        }
    }
}

extension Descriptor {
    /// Waits until one of these is readable (or its other end is gone) and answers the first such one's position; nil
    /// when the time is over. Without a time it waits for ever.
    public static func waitReadable(anyOf descriptors: [Descriptor], timeout: Duration?) throws(SyscallError) -> Int? {
        let deadline = timeout.map { KernelClock.monotonic() + $0 }
        var pollers = descriptors.map { pollfd(fd: $0.raw, events: Int16(POLLIN), revents: 0) }
        while true {
            var milliseconds: Int32 = -1
            if let deadline {
                let (seconds, attoseconds) = (deadline - KernelClock.monotonic()).components
                let left = seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
                milliseconds = Int32(clamping: max(0, left))
            }
            let ready = poll(&pollers, nfds_t(pollers.count), milliseconds)
            if ready < 0 && errno != EINTR { throw SyscallError("poll", errno: errno) }
            if ready > 0 { return pollers.firstIndex { $0.revents != 0 } }
            if ready == 0 && milliseconds < Int32.max { return nil }
        }
    }
}
