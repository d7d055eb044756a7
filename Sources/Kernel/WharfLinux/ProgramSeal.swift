// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// P5 for a program that makes processes itself: it goes on from a sealed handle of its own file, so that what it forks
// shows that handle as /proc/PID/exe and never the host's file.

import CWharfLinux
import Glibc

/// The calling program and its seal.
public enum ProgramSeal {
    /// Set for the program that was started again, so that a kernel on which the seal can't be seen is an error and not a
    /// loop.
    private static let marker = "WHARF_PROGRAM_IS_SEALED"

    /// Makes sure that the calling program runs from a sealed handle: returns at once when it does, else starts it again
    /// with the same arguments, environment and descriptors, which costs about a millisecond.
    ///
    /// EPERM when the program was started again and still is not sealed. Only for a single-threaded process that has
    /// done nothing yet.
    public static func ensure() throws(SyscallError) {
        if try isSealed() {
            unsetenv(marker)
            return
        }
        if getenv(marker) != nil { throw SyscallError("seal", "/proc/self/exe", errno: EPERM) }
        let sealed = try SealedExecutable.current()
        setenv(marker, "1", 1)
        // The number must not be in the way of descriptors that the caller counts from 3, and it is closed by the exec.
        let program = try sealed.descriptor.duplicateAbove(256)
        // AT_EMPTY_PATH.
        try syscall("execveat", "/proc/self/exe") {
            wharf_execveat(program.raw, "", CommandLine.unsafeArgv, environ, 0x1000)
        }
    }

    /// Whether the program was started from a descriptor (the kernel says so in the auxiliary vector) and lies where nobody
    /// can write: on a read-only overlay, or in memory with a seal against writing.
    static func isSealed() throws(SyscallError) -> Bool {
        guard let name = wharf_program_name() else { return false }
        guard String(cString: name).utf8.starts(with: "/dev/fd/".utf8) else { return false }
        let program = try HostPath("/proc/self/exe").open(.read)
        if try program.fileSystemMagic() == FileSystemMagic.overlay { return try program.isOnReadOnlyMount() }
        // F_SEAL_WRITE.
        let seals = wharf_get_seals(program.raw)
        return seals >= 0 && seals & 0x8 != 0
    }
}

extension Descriptor {
    /// Whether the mount that this was opened through takes no writes.
    func isOnReadOnlyMount() throws(SyscallError) -> Bool {
        // ST_RDONLY is 1.
        var status = statvfs()
        try syscall("fstatvfs") { fstatvfs(raw, &status) }
        return status.f_flag & 1 != 0
    }
}
