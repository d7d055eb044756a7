// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A program that runs beside the test: the daemon, or a client at a terminal. It gets a session of its own, and with
// `.terminal` a real pseudo-terminal as its controlling one, which swift-subprocess can't give.

public import Foundation
import Synchronization

/// POSIX_SPAWN_SETSID, which glibc shows only with _GNU_SOURCE.
private let newSession: Int32 = 0x80

/// Starts a program and talks to it while it runs.
public final class ChildProcess: Sendable {
    /// Where the program's standard streams go.
    public enum Streams: Sendable {
        /// A pseudo-terminal of this size is all three.
        case terminal(rows: UInt16, columns: UInt16)
        /// Pipes: input from the test, output and errors together in `output`.
        case pipes
        /// Input from /dev/null, output and errors appended to a file.
        case file(String)
    }

    public let command: String
    public let pid: pid_t
    /// Everything it said, for terminal and pipes.
    public let output = OutputBuffer()
    /// Reports the exit status: `bytes` stay empty, `end()` comes with the exit.
    private let ended = OutputBuffer()
    private let status = Mutex<Int32?>(nil)
    /// The test's end of the terminal or of the input pipe; -1 once closed.
    private let input: Mutex<Int32>

    /// Spawns `arguments` (the first is a path or a name on PATH).
    public init(_ arguments: [String], streams: Streams, environment: [String: String] = [:]) throws {
        command = arguments.joined(separator: " ")
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let ends = try Ends(streams, &actions)
        defer { ends.closeChilds() }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(newSession) | Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)

        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        let envp: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0)=\($1)") } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var child: pid_t = 0
        let error = posix_spawnp(&child, arguments[0], &actions, &attributes, argv, envp)
        guard error == 0 else {
            ends.closeOurs()
            throw TestFailure("posix_spawn \(command): \(String(cString: strerror(error)))")
        }
        pid = child
        input = Mutex(ends.input)
        if let source = ends.output { startReading(source) } else { output.end() }
        startWaiting()
    }

    /// Types, or writes to the pipe.
    public func send(_ text: String) throws {
        let descriptor = input.withLock { $0 }
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw TestFailure("\(command): write: \(String(cString: strerror(errno)))") }
            bytes = bytes.dropFirst(count)
        }
    }

    /// Ends the input: the terminal hangs up, the pipe ends.
    public func closeInput() {
        let descriptor = input.withLock { current in
            defer { current = -1 }
            return current
        }
        if descriptor >= 0 { close(descriptor) }
    }

    /// Changes the terminal's size; its foreground program gets SIGWINCH.
    public func resize(rows: UInt16, columns: UInt16) {
        // struct winsize: rows, columns and two fields that nobody uses.
        var size = [rows, columns, 0, 0]
        _ = ioctl(input.withLock { $0 }, UInt(TIOCSWINSZ), &size)
    }

    /// Sends a signal, unless the program has ended.
    public func signal(_ number: Int32) {
        guard status.withLock({ $0 }) == nil else { return }
        kill(pid, number)
    }

    /// Whether it still runs.
    public var isRunning: Bool { status.withLock { $0 } == nil }

    /// Waits for the exit: the code, or 128 + the signal's number.
    @discardableResult
    public func wait(within limit: Duration = .seconds(30)) async throws -> Int32 {
        do {
            try await ended.waitForEnd(within: limit)
        } catch {
            throw TestFailure("`\(command)` did not end within \(limit); its output: \(output.text)")
        }
        return status.withLock { $0 } ?? -1
    }

    deinit {
        signal(SIGKILL)
        closeInput()
    }

    private func startReading(_ descriptor: Int32) {
        let output = output
        Thread.detachNewThread {
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = read(descriptor, &buffer, buffer.count)
                if count < 0 && errno == EINTR { continue }
                // A terminal whose last peer has closed gives EIO.
                guard count > 0 else { break }
                output.append(buffer[..<count])
            }
            output.end()
            close(descriptor)
        }
    }

    private func startWaiting() {
        // The thread must not keep `self` alive: dropping the last reference ends the program.
        Thread.detachNewThread { [pid, ended, weak self] in
            var raw: Int32 = 0
            while waitpid(pid, &raw, 0) < 0 && errno == EINTR {}
            let signal = raw & 0x7f
            let code = signal == 0 ? (raw >> 8) & 0xff : 128 + signal
            self?.status.withLock { $0 = code }
            ended.end()
        }
    }
}

/// The descriptors of one child: which are the test's, which are the child's.
private struct Ends {
    var input: Int32 = -1
    var output: Int32?
    private var childs: [Int32] = []

    init(_ streams: ChildProcess.Streams, _ actions: inout posix_spawn_file_actions_t) throws {
        switch streams {
        case .terminal(let rows, let columns):
            var size = [rows, columns, 0, 0]
            var (master, peer): (Int32, Int32) = (-1, -1)
            var name = [CChar](repeating: 0, count: 64)
            guard openpty(&master, &peer, &name, nil, nil) == 0, ioctl(master, UInt(TIOCSWINSZ), &size) == 0 else {
                throw TestFailure("no pseudo-terminal: \(String(cString: strerror(errno)))")
            }
            for end in [master, peer] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            // Opened by the child, a session leader without a terminal: that makes it the controlling one.
            posix_spawn_file_actions_addopen(&actions, 0, name, O_RDWR, 0)
            posix_spawn_file_actions_adddup2(&actions, 0, 1)
            posix_spawn_file_actions_adddup2(&actions, 0, 2)
            input = master
            output = fcntl(master, F_DUPFD_CLOEXEC, 3)
            childs = [peer]
        case .pipes:
            let (inRead, inWrite) = try Self.pipe()
            let (outRead, outWrite) = try Self.pipe()
            posix_spawn_file_actions_adddup2(&actions, inRead, 0)
            posix_spawn_file_actions_adddup2(&actions, outWrite, 1)
            posix_spawn_file_actions_adddup2(&actions, outWrite, 2)
            (input, output, childs) = (inWrite, outRead, [inRead, outWrite])
        case .file(let path):
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
            posix_spawn_file_actions_addopen(&actions, 1, path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
            posix_spawn_file_actions_adddup2(&actions, 1, 2)
        }
    }

    func closeChilds() { childs.forEach { close($0) } }

    func closeOurs() {
        if input >= 0 { close(input) }
        if let output { close(output) }
    }

    private static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        guard Foundation.pipe(&ends) == 0 else { throw TestFailure("pipe: \(String(cString: strerror(errno)))") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }
}
