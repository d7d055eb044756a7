// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The last steps of a process before it is its program: working directory, environment, filter, execve.

import Glibc
import WharfLinux
import WharfOCI

extension ProcessSetup {
    /// Goes to the working directory, runs `hooks`, and becomes the program.
    func execute(_ hooks: () throws(RuntimeError) -> Void) throws(RuntimeError) -> Never {
        try enterWorkingDirectory()
        try hooks()
        let arguments = process.args.map { Array($0.utf8) }
        var variables = process.env.map { Array($0.utf8) } + inherited.environment
        if environment("HOME") == nil {
            let home = user.home ?? []
            variables.append(Array("HOME=".utf8) + (home.isEmpty ? [UInt8(ascii: "/")] : home))
        }
        let program = try ProgramLookup(search: environment("PATH") ?? []).find(arguments[0])
        try step("exec") { () throws(SyscallError) in
            try ProcessState.closeOnExec(from: UInt32(inherited.end))
            try inherited.keepOverExec()
        }
        try loadLastFilter()
        do {
            try ProcessState.execute(program, arguments: arguments, environment: variables)
        } catch {
            throw RuntimeError(step: "exec", errno: error.errno, text: "exec \(displayPath(program)): \(error.reason)")
        }
        throw RuntimeError(step: "exec", errno: EINVAL, text: "exec \(displayPath(program)) came back")
    }

    /// Whether the program could run now: for whoever waits for its start long after it was made, and should hear at the
    /// making that there is no such program. The last word is `execute`'s.
    func checkProgram() throws(RuntimeError) {
        try enterWorkingDirectory()
        _ = try ProgramLookup(search: environment("PATH") ?? []).find(Array((process.args.first ?? "").utf8))
    }

    /// P7: the directory is entered as the user, and must be one that the container can name: a descriptor that leaked
    /// from the host (`/proc/self/fd/7`) would not be.
    private func enterWorkingDirectory() throws(RuntimeError) {
        let path = process.cwd
        try step("cwd", "chdir to cwd (\"\(path)\") set in config.json failed") { () throws(SyscallError) in
            try withPath(path, call: "chdir") { path throws(SyscallError) in try syscall("chdir") { chdir(path) } }
            var buffer = [CChar](repeating: 0, count: 4096)
            guard getcwd(&buffer, buffer.count) != nil else { throw SyscallError("getcwd", errno: errno) }
            // The kernel answers "(unreachable)…" for a place outside the root.
            guard buffer[0] == CChar(UInt8(ascii: "/")) else { throw SyscallError("getcwd", errno: ENOENT) }
        }
    }
}
