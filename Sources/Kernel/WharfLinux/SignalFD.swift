// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Signals as something to read, so that a loop meets them at a place of its own choosing.

import CWharfLinux
import Glibc

/// A set of signals that this thread no longer gets as interruptions but reads from a descriptor.
///
/// To be made while the process has one thread. The mask is inherited by children: a child that executes another
/// program calls `SignalFD.unblockAll()` first.
public struct SignalFD: Sendable {
    /// Readable when a signal waits.
    public let descriptor: Descriptor

    /// Blocks `signals` and opens a non-blocking descriptor for them.
    public init(_ signals: [Int32]) throws(SyscallError) {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        try syscall("sigprocmask") { sigprocmask(SIG_BLOCK, &set, nil) }
        descriptor = Descriptor(owning: try syscall("signalfd") { wharf_signalfd(&set) })
    }

    /// The numbers of the signals that wait (each once however often it was sent).
    public func read() throws(SyscallError) -> [Int32] {
        var signals: [Int32] = []
        while true {
            // That there are no more is how every read ends: too ordinary to be thrown.
            let signal = wharf_signalfd_read(descriptor.raw)
            if signal >= 0 {
                signals.append(signal)
            } else if errno == EAGAIN {
                return signals
            } else if errno != EINTR {
                throw SyscallError("read", "signalfd", errno: errno)
            }
        }
    }

    /// Lets every signal through again (before an exec).
    public static func unblockAll() {
        var set = sigset_t()
        sigemptyset(&set)
        sigprocmask(SIG_SETMASK, &set, nil)
    }
}
