// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One run of another runtime: the program, the files through which it talks, its complaint when it fails. Files lie in
// the bundle under names of this process, so that several execs can be made at once.

import Glibc
import WharfLinux
import WharfOCI
import WharfShimProtocol

/// One call of a runtime's command line. Only in a child of the loop.
struct RuntimeCall {
    /// Of the environment only the path is needed; a runtime's children find nothing of the shim's or the daemon's.
    private static let environment = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    /// More than this is no log of one call.
    private static let longestLog = 1 << 20

    private let choice: RuntimeChoice
    private let bundle: HostPath
    private let tag = getpid()

    /// - Throws: `ShimFailure` with the step `runtime` for a program that is not there.
    init(_ choice: RuntimeChoice, in bundle: HostPath) throws(ShimFailure) {
        (self.choice, self.bundle) = (choice, bundle)
        let isThere: Bool
        do throws(SyscallError) {
            isThere = try HostPath(choice.path).exists()
        } catch {
            throw ShimFailure(step: "runtime", error)
        }
        guard isThere else {
            throw ShimFailure(step: "runtime", errno: ENOENT, text: "exec: \"\(choice.path)\": no such file or directory")
        }
    }

    /// Where the runtime writes the new process's number.
    var pidFile: String { path("pid").description }

    private func path(_ name: String) -> HostPath { bundle / ".\(name).\(tag)" }

    /// A file for the runtime. - Returns: its path.
    func write(_ bytes: [UInt8], as name: String) throws(SyscallError) -> String {
        let file = path(name)
        try file.writeAtomically(bytes, permissions: 0o600, durable: false)
        return file.description
    }

    /// A socket on which the runtime hands the terminal over.
    func console() throws(SyscallError) -> RuntimeConsole { try RuntimeConsole(in: bundle, name: ".console.\(tag)") }

    /// The number in `pidFile`.
    func processID() throws(ShimFailure) -> Int32 {
        let text: String
        do throws(SyscallError) {
            text = String(decoding: try path("pid").read(limit: 32), as: UTF8.self)
        } catch {
            throw ShimFailure(step: "runtime", error)
        }
        guard let number = Int32(text.filter { !$0.isWhitespace }), number > 1 else {
            throw ShimFailure(step: "runtime", errno: EPROTO, text: "runtime \(choice.path) wrote no process id")
        }
        return number
    }

    /// Runs the program to its end. Its standard streams are `ends`, which is what a process that it makes inherits.
    ///
    /// - Throws: what it complained about.
    func run(_ arguments: [String], _ ends: ProcessEnds = ProcessEnds()) throws(ShimFailure) {
        let log = path("log")
        let line =
            [choice.path] + choice.arguments
            + ["--root", choice.root, "--log", log.description, "--log-format", "json"] + arguments
        let exit: ProcessExit
        do throws(SyscallError) {
            let null = try HostPath("/dev/null").open(.readWrite)
            let streams = [ends.stdin ?? null, ends.stdout ?? null, ends.stderr ?? null]
            switch try Fork.now() {
            case .child: become(line, streams)
            case .parent(_, let process): exit = try process.wait()
            }
        } catch {
            throw ShimFailure(step: "runtime", error)
        }
        // Unread or missing, the log tells nothing.
        let complaint = (try? log.read(limit: Self.longestLog)).flatMap { RuntimeLogEntry.lastError(inLog: $0) }
        for name in ["log", "process", "resources"] {
            // The bundle goes soon; a file that stays does no harm.
            try? path(name).unlink()
        }
        if exit != .exited(code: 0) { throw ShimFailure(complaint: complaint, of: HostPath(choice.path), exit) }
    }

    /// The child: the runtime's program in the bundle, with these streams and nothing else.
    private func become(_ line: [String], _ streams: [Descriptor]) -> Never {
        do throws(SyscallError) {
            // A maker that is killed at its deadline takes a hanging runtime along.
            try Credentials.setParentDeathSignal(SIGKILL)
            let copies = [try streams[0].duplicateAbove(3), try streams[1].duplicateAbove(3), try streams[2].duplicateAbove(3)]
            for (number, copy) in copies.enumerated() { try ProcessState.assign(copy, to: Int32(number)) }
            try ProcessState.closeOnExec(from: 3)
            ProcessState.resetSignals()
            try bundle.open([.handle, .directory]).makeCurrentDirectory()
            try ProcessState.execute(
                HostPath(choice.path).pathBytes, arguments: line.map { Array($0.utf8) }, environment: [Array(Self.environment.utf8)])
        } catch {
            // The exit code is all that there is to tell: standard error is the container's.
        }
        _exit(127)
    }
}

/// The listening end of a `--console-socket`.
struct RuntimeConsole {
    private let listener: Descriptor
    private let directory: Descriptor
    private let name: String

    init(in bundle: HostPath, name: String) throws(SyscallError) {
        directory = try bundle.openDirectory()
        self.name = name
        listener = try UnixSocket.listen(in: directory, name: name)
    }

    /// Relative, because a socket's path is short and a bundle's need not be: the runtime runs in the bundle.
    var arguments: [String] { ["--console-socket", name] }

    /// The terminal's master, which the runtime has sent before it ended.
    func terminal() throws(ShimFailure) -> Descriptor {
        var descriptors: [Descriptor] = []
        do throws(SyscallError) {
            defer { _ = unlinkat(directory.raw, name, 0) }
            if let socket = try UnixSocket.accept(listener) {
                _ = try withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { buffer throws(SyscallError) in
                    try UnixSocket.receive(into: buffer, descriptors: &descriptors, from: socket, nonBlocking: true)
                }
            }
        } catch {
            throw ShimFailure(step: "terminal", error)
        }
        guard let terminal = descriptors.first else {
            throw ShimFailure(step: "terminal", errno: EPROTO, text: "the runtime sent no terminal")
        }
        return terminal
    }
}
