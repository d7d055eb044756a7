// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Signals that a command meets itself: forwarded to the container, or a new size of the window. They are blocked
// while the process has one thread, so that every later thread inherits the mask, and read from a descriptor.

import Glibc
import WharfLinux

/// Reads signals on a thread of its own.
struct SignalWatch: Sendable {
    private let source: SignalFD

    /// Blocks the signals from here on.
    init(_ signals: [Int32]) throws(SyscallError) {
        source = try SignalFD(signals)
    }

    /// Hands each signal to `handle`, on the watching thread, until the process ends.
    func start(_ handle: @escaping @Sendable (Int32) -> Void) throws(SyscallError) {
        let source = source
        try WorkerThread.start {
            while true {
                var entry = pollfd(fd: source.descriptor.raw, events: Int16(POLLIN), revents: 0)
                // An error: nothing can be read any more.
                guard poll(&entry, 1, -1) > 0 || errno == EINTR, let signals = try? source.read() else { return }
                for signal in signals { handle(signal) }
            }
        }
    }

    /// What docker forwards: everything that can be caught, but those that tell the client about itself.
    static let forwardable: [Int32] = [
        SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGTERM, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR,
        SIGXCPU, SIGXFSZ, SIGSYS,
    ]
    /// What ends the client when it is not forwarded.
    static let terminating: [Int32] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM]

    /// With a terminal the window is watched as well, and the keys that stop a job are the container's.
    static func forTerminal(_ signals: [Int32]) -> [Int32] {
        signals.filter { $0 != SIGTSTP && $0 != SIGTTIN && $0 != SIGTTOU && $0 != SIGCONT } + [SIGWINCH]
    }

    /// The name as the API takes it; numbers for those without one here.
    static func name(_ signal: Int32) -> String {
        let names: [Int32: String] = [
            SIGHUP: "HUP", SIGINT: "INT", SIGQUIT: "QUIT", SIGUSR1: "USR1", SIGUSR2: "USR2", SIGTERM: "TERM", SIGCONT: "CONT",
            SIGTSTP: "TSTP", SIGWINCH: "WINCH", SIGALRM: "ALRM",
        ]
        return names[signal] ?? String(signal)
    }
}
