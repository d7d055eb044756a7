// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Pipes: how a container's output reaches its shim.

import CWharfLinux

/// pipe2(2).
public enum Pipe {
    /// Both ends, blocking and close-on-exec.
    public static func make() throws(SyscallError) -> (reading: Descriptor, writing: Descriptor) {
        var ends: (Int32, Int32) = (-1, -1)
        try syscall("pipe2") {
            withUnsafeMutablePointer(to: &ends) { pointer in
                pointer.withMemoryRebound(to: Int32.self, capacity: 2) { wharf_pipe($0) }
            }
        }
        return (Descriptor(owning: ends.0), Descriptor(owning: ends.1))
    }
}
