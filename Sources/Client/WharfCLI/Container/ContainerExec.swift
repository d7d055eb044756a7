// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf exec`: a second process in a running container; leaves with its exit code.

import WharfClient
import WharfDockerAPI

/// Runs a command in a container.
enum ContainerExec {
    static let detach = Flag.on("detach", "d", "Detached mode: run command in the background")
    static let detachKeys = Flag.text("detach-keys", nil, "Override the key sequence for detaching a container")
    static let env = Flag.list("env", "e", "Set environment variables", check: EnvironmentFile.checkVariable)
    static let envFile = Flag.list("env-file", nil, "Read in a file of environment variables")
    static let interactive = Flag.on("interactive", "i", "Keep STDIN open even if not attached")
    static let privileged = Flag.on("privileged", nil, "Give extended privileges to the command")
    static let tty = Flag.on("tty", "t", "Allocate a pseudo-TTY")
    static let user = Flag.text("user", "u", "Username or UID (format: \"<name|uid>[:<group|gid>]\")")
    static let workdir = Flag.text("workdir", "w", "Working directory inside the container")

    static let command = Command(
        name: "exec", usage: "[OPTIONS] CONTAINER COMMAND [ARG...]", summary: "Execute a command in a running container",
        aliases: ["wharf container exec", "wharf exec"], operands: .atLeast(2),
        flags: [detach, detachKeys, env, envFile, interactive, privileged, tty, user, workdir], interspersed: false,
        signals: { $0[tty] && !$0[detach] ? SignalWatch.forTerminal(SignalWatch.terminating) : [] }
    ) { call in
        try await exec(call)
    }

    private static func exec(_ call: Invocation) async throws -> Int32 {
        let request = try request(call)
        if !call[detach] { try AttachSession.checkTerminal(isTTY: request.tty, sendsInput: request.attachStdin) }
        let signals = try SignalForwarder(call.signals, console: call.console)
        let client = call.client
        let id = try await client.createExec(in: call.operands[0], request)
        let start = ExecStartRequest(detach: call[detach], tty: request.tty, consoleSize: request.consoleSize)
        do {
            if call[detach] {
                try await client.startExecDetached(id, start)
                return 0
            }
            let stream = try await client.startExec(id, start)
            let session = AttachSession(
                isTTY: request.tty, sendsInput: request.attachStdin, printsOutput: true, detachKeys: call[detachKeys],
                console: call.console
            ) { try await client.resizeExec(id, to: $0) }
            if request.tty { signals.followWindow { await session.sendSize() } }
            guard try await session.run(stream) == .closed else { throw ExitError("read escape sequence") }
        } catch let error as DaemonError {
            // A command that can't be started has its own codes; everything else is an ordinary failure.
            let code = ContainerRun.exitCode(of: error)
            throw ExitError("\(error)", code: code == 125 ? 1 : code)
        }
        return Int32(truncatingIfNeeded: try await client.exec(id).exitCode ?? 0)
    }

    private static func request(_ call: Invocation) throws -> ExecCreateRequest {
        var request = ExecCreateRequest()
        request.user = call[user]
        request.privileged = call[privileged]
        request.tty = call[tty]
        request.attachStdin = call[interactive] && !call[detach]
        request.attachStdout = !call[detach]
        request.attachStderr = !call[detach]
        request.detachKeys = call[detachKeys]
        let variables = try EnvironmentFile.variables(
            files: call[envFile], options: call[env], environment: call.console.environment)
        request.env = variables.isEmpty ? nil : variables
        request.workingDirectory = call[workdir]
        request.cmd = Array(call.operands.dropFirst())
        if request.tty { request.consoleSize = LocalTerminal.size }
        return request
    }
}
