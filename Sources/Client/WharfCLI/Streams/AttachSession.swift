// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What run, start -a, attach and exec share: raw mode, the size of the window, signals, and the loop that pumps.

import Glibc
import Synchronization
import WharfClient
import WharfDockerAPI
import WharfLinux

/// The client's side of an attached process.
struct AttachSession: Sendable {
    /// The process has a terminal.
    let isTTY: Bool
    let sendsInput: Bool
    let printsOutput: Bool
    let detachKeys: String
    let console: Console
    /// Tells the daemon the window's size.
    let resize: @Sendable (ConsoleSize) async throws -> Void

    /// Refuses to pretend that a pipe is a terminal. Throws docker's error.
    static func checkTerminal(isTTY: Bool, sendsInput: Bool) throws {
        guard isTTY, sendsInput, !LocalTerminal.inputIsTerminal else { return }
        throw ExitError("the input device is not a TTY")
    }

    /// Pumps until the connection ends. `start` runs once the pump does: it starts the process, so that no output is
    /// missed; its error ends the pump.
    func run(_ stream: AttachedStream, start: () async throws -> Void = {}) async throws -> StreamEnd {
        let usesRawMode = isTTY && sendsInput
        if usesRawMode { try LocalTerminal.makeRaw() }
        defer { LocalTerminal.restore() }
        let loop = StreamLoop(
            connection: stream.connection, sendsInput: sendsInput, printsOutput: printsOutput, isRaw: isTTY,
            detachKeys: usesRawMode ? DetachKeys(detachKeys) ?? .standard : nil, console: console)
        async let end = WorkerThread.run { try loop.run() }
        do {
            try await start()
            if isTTY { await sendSize() }
        } catch {
            // The pump ends when its socket does.
            shutdown(stream.connection.descriptor.raw, Int32(SHUT_RDWR))
            _ = try? await end  // The error of the start is the one to tell.
            throw error
        }
        return try await end
    }

    /// Tells the daemon the size of the window, if there is one. A process that is not up yet, or gone, has no size.
    func sendSize() async {
        guard let size = LocalTerminal.size else { return }
        try? await resize(size)  // Cosmetic: never a reason to give up the session.
    }
}

/// Forwards signals to a container once there is one, and follows the window's size.
final class SignalForwarder: Sendable {
    private struct State {
        var deliver: (@Sendable (Int32) async -> Void)?
        var resize: (@Sendable () async -> Void)?
        var interruptions = 0
    }

    private let state = Mutex(State())
    private let console: Console

    /// Starts watching at once. Until `forward` a terminating signal ends the program.
    init(_ watch: SignalWatch?, console: Console) throws {
        self.console = console
        try watch?.start { [self] signal in handle(signal) }
    }

    /// From now on signals go to `deliver`.
    func forward(_ deliver: @escaping @Sendable (Int32) async -> Void) { state.withLock { $0.deliver = deliver } }

    /// From now on a new size of the window is told to `resize`.
    func followWindow(_ resize: @escaping @Sendable () async -> Void) { state.withLock { $0.resize = resize } }

    /// The process is gone: a terminating signal ends the program again.
    func stop() {
        state.withLock {
            $0.deliver = nil
            $0.resize = nil
        }
    }

    private func handle(_ signal: Int32) {
        if signal == SIGWINCH {
            if let resize = state.withLock({ $0.resize }) { Task { await resize() } }
            return
        }
        let (deliver, interruptions) = state.withLock { state in
            if signal == SIGINT || signal == SIGTERM { state.interruptions += 1 }
            return (state.deliver, state.interruptions)
        }
        if let deliver {
            guard interruptions < 3 else {
                LocalTerminal.restore()
                console.error("\ngot 3 SIGTERM/SIGINTs, forcefully exiting")
                exit(1)
            }
            Task { await deliver(signal) }
        } else if SignalWatch.terminating.contains(signal) {
            LocalTerminal.restore()
            exit(128 + signal)
        }
    }
}
