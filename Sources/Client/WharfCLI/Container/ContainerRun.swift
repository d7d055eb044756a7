// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf run`: create, attach, wait, start, stream, exit code, in this order. Attach stands before start so that no
// output is missed, wait before start so that no exit is.

import WharfClient
import WharfDockerAPI

/// Creates and starts a container and stays with it.
enum ContainerRun {
    static let detach = Flag.on("detach", "d", "Run container in background and print container ID")
    static let detachKeys = Flag.text("detach-keys", nil, "Override the key sequence for detaching a container")
    static let signalProxy = Flag.on("sig-proxy", nil, "Proxy received signals to the process", default: true)
    static let pull = Flag.text("pull", nil, "Pull image before running (\"always\", \"missing\", \"never\")", default: "missing")

    static let command = Command(
        name: "run", usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]", summary: "Create and run a new container from an image",
        aliases: ["wharf container run", "wharf run"], operands: .atLeast(1),
        flags: ContainerFlags.process + ContainerFlags.host + [detach, detachKeys, signalProxy, pull], interspersed: false,
        signals: { values in
            if values[detach] { return [] }
            let forwarded = values[signalProxy] ? SignalWatch.forwardable : SignalWatch.terminating
            return values[ContainerFlags.tty] ? SignalWatch.forTerminal(forwarded) : forwarded
        }
    ) { call in
        try await run(call)
    }

    private static func run(_ call: Invocation) async throws -> Int32 {
        var request: ContainerCreateRequest
        do {
            try ContainerCreate.checkPull(call[pull])
            request = try ContainerOptions.request(call, isDetached: call[detach])
        } catch {
            throw call.withHelp(error)
        }
        if call[detach] {
            guard call[ContainerFlags.attach].isEmpty else {
                throw ExitError("conflicting options: cannot specify both --attach and --detach")
            }
        } else {
            try AttachSession.checkTerminal(isTTY: request.config.tty, sendsInput: request.config.attachStdin)
        }
        if request.config.tty, let size = LocalTerminal.size { request.hostConfig?.consoleSize = size }
        let signals = try SignalForwarder(call.signals, console: call.console)
        let id: String
        do { id = try await ContainerCreate.create(request, call, pull: call[pull]) } catch {
            throw call.withHelp(error, code: exitCode(of: error))
        }
        let config = request.config
        guard config.attachStdin || config.attachStdout || config.attachStderr else { return try await runDetached(id, call) }
        if call[signalProxy] {
            // The container may be gone by now: nobody is left to get the signal.
            signals.forward { signal in try? await call.client.killContainer(id, signal: SignalWatch.name(signal)) }
        }
        return try await runAttached(id, config, call, signals, isRemoved: request.hostConfig?.autoRemove == true)
    }

    private static func runDetached(_ id: String, _ call: Invocation) async throws -> Int32 {
        do { try await call.client.startContainer(id) } catch { throw call.withHelp(error, code: exitCode(of: error)) }
        call.console.line(id)
        return 0
    }

    private static func runAttached(
        _ id: String, _ config: ContainerConfig, _ call: Invocation, _ signals: SignalForwarder, isRemoved: Bool
    ) async throws -> Int32 {
        var options = ContainerAttachOptions()
        options.stream = true
        options.stdin = config.attachStdin
        options.stdout = config.attachStdout
        options.stderr = config.attachStderr
        options.detachKeys = call[detachKeys]
        let client = call.client
        let stream: AttachedStream
        let wait: PendingWait
        do {
            stream = try await client.attachContainer(id, options)
            wait = try await client.waitForContainer(id, isRemoved ? .removed : .nextExit)
        } catch {
            throw call.withHelp(error)
        }
        let session = AttachSession(
            isTTY: config.tty, sendsInput: config.attachStdin, printsOutput: config.attachStdout || config.attachStderr,
            detachKeys: call[detachKeys], console: call.console
        ) { try await client.resizeContainer(id, to: $0) }
        if config.tty { signals.followWindow { await session.sendSize() } }
        let end: StreamEnd
        do {
            end = try await session.run(stream) { try await start(id, call, wait, isRemoved: isRemoved) }
        } catch let error as DaemonError {
            throw call.withHelp(error, code: exitCode(of: error))
        }
        if end == .detached { return 0 }
        let code = try await wait.exitCode()
        signals.stop()
        return Int32(truncatingIfNeeded: code)
    }

    /// A container that could not be started and removes itself is waited for, so that its name is free again.
    private static func start(_ id: String, _ call: Invocation, _ wait: PendingWait, isRemoved: Bool) async throws {
        do {
            try await call.client.startContainer(id)
        } catch {
            if isRemoved { _ = try? await wait.exitCode() }  // The start's error is the one to tell.
            throw error
        }
    }

    /// 127 for a command that is not there, 126 for one that can't be run, 125 for the rest.
    static func exitCode(of error: any Error) -> Int32 {
        let text = "\(error)".lowercased()
        if ["executable file not found", "no such file or directory", "system cannot find the file specified"].contains(
            where: text.contains)
        {
            return 127
        }
        return ["permission denied", "is a directory"].contains(where: text.contains) ? 126 : 125
    }
}
