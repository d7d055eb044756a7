// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The user's own terminal: is there one, how large is it, and raw mode that is put back whatever happens.

import Glibc
import Synchronization
import WharfDockerAPI
import WharfLinux

/// The terminal behind stdin and stdout.
enum LocalTerminal {
    static var inputIsTerminal: Bool { TerminalMode.isTerminal(0) }
    static var outputIsTerminal: Bool { TerminalMode.isTerminal(1) }
    static var errorIsTerminal: Bool { TerminalMode.isTerminal(2) }

    /// The size of the output's terminal; nil when there is none.
    static var size: ConsoleSize? { size(of: 1) }

    /// The size of the terminal at a descriptor of the process; nil when there is none.
    static func size(of number: Int32) -> ConsoleSize? {
        guard TerminalMode.isTerminal(number) else { return nil }
        let output = Descriptor(owning: number)
        defer { _ = output.release() }
        // A terminal that hung up has no size.
        guard let size = try? PseudoTerminal.size(of: output), size.rows > 0 || size.columns > 0 else { return nil }
        return ConsoleSize(height: size.rows, width: size.columns)
    }

    /// What raw mode replaced; one process has one terminal.
    private static let saved = Mutex<TerminalMode?>(nil)

    /// Every key goes to the container. Does nothing without a terminal.
    static func makeRaw() throws {
        guard inputIsTerminal else { return }
        let mode = try TerminalMode(of: 0)
        try mode.makeRaw()
        saved.withLock { $0 = mode }
    }

    /// Puts the terminal back as it was. May be called more than once, from any thread.
    static func restore() {
        let mode = saved.withLock { mode in
            defer { mode = nil }
            return mode
        }
        try? mode?.restore()  // The terminal may be gone; nothing is left to put back.
    }
}
