// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The program: makes the process into a shim and runs the loop.

import Glibc
import WharfLinux
import WharfShimProtocol

/// wharf-shim.
public enum ShimProgram {
    /// Runs until the shim ends; answers the exit status: 0, 1 after an error, 2 for wrong arguments.
    public static func run(_ arguments: [String]) -> Int32 {
        guard let arguments = ShimArguments(arguments) else {
            report("usage: wharf-shim --id ID --socket NAME, started by wharfd with descriptors 3 and 4")
            return 2
        }
        do throws(SyscallError) {
            try becomeShim(arguments)
            let bootID = try HostPath("/proc/sys/kernel/random/boot_id").read(limit: 64)
            let text = String(decoding: bootID.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
            let shim = try Shim(arguments, bootID: text)
            try shim.run()
            return 0
        } catch {
            report("\(arguments.containerID): \(error)")
            return 1
        }
    }

    private static func becomeShim(_ arguments: ShimArguments) throws(SyscallError) {
        try arguments.connection.setCloseOnExec(true)
        try arguments.directory.setCloseOnExec(true)
        // A session of its own: no terminal's signals. EPERM: it is a leader already.
        _ = setsid()
        try Credentials.setDumpable(false)
        try Credentials.setSubreaper()
        Credentials.setProcessName("wharf-shim")
        try HostPath("/").open([.handle, .directory]).makeCurrentDirectory()
    }
}

/// A line for the daemon's log, where the shim's standard error goes.
func report(_ message: String) {
    let line = Array("wharf-shim: \(message)\n".utf8)
    // There is no other place to complain to.
    _ = line.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
}
