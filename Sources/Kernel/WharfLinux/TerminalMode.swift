// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The user's own terminal: raw mode while `run -it`, `attach` and `exec -it` pass every key through, and back again.

import CWharfLinux
import Glibc

/// A terminal's settings as they were found, so that they can be put back.
public struct TerminalMode: Sendable {
    private let saved: termios
    private let descriptor: Int32

    /// Whether `descriptor` is a terminal.
    public static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// Reads the settings of the terminal at `descriptor`, which the caller keeps open. ENOTTY when it is none.
    public init(of descriptor: Int32) throws(SyscallError) {
        var settings = termios()
        try syscall("tcgetattr") { tcgetattr(descriptor, &settings) }
        saved = settings
        self.descriptor = descriptor
    }

    /// Every byte as it is typed: no echo, no line editing, no signals by key. Output processing is off as well, as the
    /// container's own terminal does it (cfmakeraw(3), which is what docker's client does).
    public func makeRaw() throws(SyscallError) {
        var settings = saved
        cfmakeraw(&settings)
        try syscall("tcsetattr") { tcsetattr(descriptor, TCSADRAIN, &settings) }
    }

    /// Input as in `makeRaw`, output as it was.
    public func makeInputRaw() throws(SyscallError) {
        var settings = saved
        cfmakeraw(&settings)
        settings.c_oflag = saved.c_oflag
        try syscall("tcsetattr") { tcsetattr(descriptor, TCSADRAIN, &settings) }
    }

    /// Lines as before, but what is typed is not shown (ECHO): for a password. What was typed ahead is thrown away.
    public func hideInput() throws(SyscallError) {
        var settings = saved
        settings.c_lflag &= ~tcflag_t(ECHO)
        try syscall("tcsetattr") { tcsetattr(descriptor, TCSAFLUSH, &settings) }
    }

    /// Puts the settings back as they were found.
    public func restore() throws(SyscallError) {
        var settings = saved
        try syscall("tcsetattr") { tcsetattr(descriptor, TCSADRAIN, &settings) }
    }
}
