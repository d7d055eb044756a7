// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Pseudo-terminals: the master stays in the shim, the peer becomes a container's terminal. The peer is opened through
// the master (TIOCGPTPEER), never by a /dev/pts path that somebody in the container could have replaced.

import CWharfLinux
import Glibc

/// Rows and columns of a terminal; 0 means not known.
public struct WindowSize: Sendable, Equatable {
    public var rows: UInt16
    public var columns: UInt16

    public init(rows: UInt16, columns: UInt16) {
        self.rows = rows
        self.columns = columns
    }
}

/// Verbs on a pseudo-terminal master.
public enum PseudoTerminal {
    /// Unlocks the peer of `master` (an open ptmx whose inode the caller has verified) and opens it.
    /// The result is close-on-exec and not a controlling terminal yet.
    public static func openPeer(of master: Descriptor) throws(SyscallError) -> Descriptor {
        try syscall("ioctl", "TIOCSPTLCK") { wharf_tty_unlock(master.raw) }
        return Descriptor(owning: try syscall("ioctl", "TIOCGPTPEER") { wharf_tty_peer(master.raw) })
    }

    /// The peer's number N in /dev/pts/N of the devpts instance that `master` belongs to.
    public static func number(of master: Descriptor) throws(SyscallError) -> UInt32 {
        var number: UInt32 = 0
        try syscall("ioctl", "TIOCGPTN") { wharf_tty_number(master.raw, &number) }
        return number
    }

    /// Makes `peer` the controlling terminal of the calling session leader.
    public static func makeControlling(_ peer: Descriptor) throws(SyscallError) {
        try syscall("ioctl", "TIOCSCTTY") { wharf_tty_control(peer.raw) }
    }

    /// Tells the terminal its size; the foreground process group gets SIGWINCH when it changed.
    public static func resize(_ terminal: Descriptor, to size: WindowSize) throws(SyscallError) {
        try syscall("ioctl", "TIOCSWINSZ") { wharf_tty_set_size(terminal.raw, size.rows, size.columns) }
    }

    /// The terminal's size.
    public static func size(of terminal: Descriptor) throws(SyscallError) -> WindowSize {
        var (rows, columns): (UInt16, UInt16) = (0, 0)
        try syscall("ioctl", "TIOCGWINSZ") { wharf_tty_size(terminal.raw, &rows, &columns) }
        return WindowSize(rows: rows, columns: columns)
    }
}
