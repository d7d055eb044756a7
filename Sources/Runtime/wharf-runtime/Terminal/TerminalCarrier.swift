// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Carries bytes between the caller's streams and a terminal's master, for run and exec without a console socket.

import Glibc
import WharfLinux
import WharfRuntime

/// The two directions.
struct TerminalCarrier {
    /// What may be looked at now.
    struct Ready: OptionSet {
        let rawValue: Int
        static let signals = Ready(rawValue: 1)
        static let output = Ready(rawValue: 2)
        static let input = Ready(rawValue: 4)
    }

    private let master: Descriptor
    /// The caller's own terminal as it was; nil where its input is none.
    private let caller: TerminalMode?
    private var hasOutput = true
    private var hasInput = true

    /// Makes the caller's terminal raw, where it has one, and gives its size to the new one.
    init(master: Descriptor) throws(RuntimeError) {
        self.master = master
        caller = TerminalMode.isTerminal(0) ? try failing("terminal") { () throws(SyscallError) in try TerminalMode(of: 0) } : nil
        try failing("terminal") { () throws(SyscallError) in
            try caller?.makeRaw()
            if caller != nil { try resize() }
        }
    }

    /// Puts the caller's terminal back.
    func restore() {
        // With the terminal gone there is nothing to put back.
        try? caller?.restore()
    }

    /// Gives the caller's window size to the terminal.
    func resize() throws(SyscallError) {
        if caller == nil { return }
        try PseudoTerminal.resize(master, to: try PseudoTerminal.size(of: standardInput))
    }

    /// Waits until there is something to carry or a signal.
    func wait(signals: Descriptor) throws(SyscallError) -> Ready {
        var pollers = [
            pollfd(fd: signals.raw, events: Int16(POLLIN), revents: 0),
            pollfd(fd: hasOutput ? master.raw : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: hasInput ? 0 : -1, events: Int16(POLLIN), revents: 0),
        ]
        try syscall("poll") { poll(&pollers, nfds_t(pollers.count), -1) }
        var ready: Ready = []
        if pollers[0].revents != 0 { ready.insert(.signals) }
        if pollers[1].revents != 0 { ready.insert(.output) }
        if pollers[2].revents != 0 { ready.insert(.input) }
        return ready
    }

    /// From the process to the caller.
    mutating func carryOutput() { hasOutput = TerminalCarrier.carry(from: master, to: standardOutput) }

    /// From the caller to the process. The end of the caller's input is not told: a terminal has no end.
    mutating func carryInput() { hasInput = TerminalCarrier.carry(from: standardInput, to: master) }

    /// What the process wrote last. Bounded: another process may hold the terminal and go on writing.
    mutating func drain() {
        for _ in 0..<1024 where hasOutput {
            guard let waits = try? master.waitReadable(timeout: .zero), waits else { return }
            carryOutput()
        }
    }

    /// One read and all of it written; false at the end of either side.
    private static func carry(from source: Descriptor, to target: Descriptor) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 32768, alignment: 1) { buffer in
            // EIO is how a terminal tells that its last peer was closed.
            guard let count = try? source.read(into: buffer), count > 0 else { return false }
            // A side that takes nothing any more ends the carrying.
            return (try? target.writeAll(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count]))) != nil
        }
    }
}
