// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf start`: several containers in the background, or one with its streams attached.

import WharfClient
import WharfDockerAPI

/// Starts containers.
enum ContainerStart {
    static let attach = Flag.on("attach", "a", "Attach STDOUT/STDERR and forward signals")
    static let interactive = Flag.on("interactive", "i", "Attach container's STDIN")
    static let detachKeys = Flag.text("detach-keys", nil, "Override the key sequence for detaching a container")

    static let command = Command(
        name: "start", usage: "[OPTIONS] CONTAINER [CONTAINER...]", summary: "Start one or more stopped containers",
        aliases: ["wharf container start", "wharf start"], operands: .atLeast(1), flags: [attach, interactive, detachKeys],
        signals: { $0[attach] || $0[interactive] ? SignalWatch.forTerminal(SignalWatch.forwardable) : [] }
    ) { call in
        guard call[attach] || call[interactive] else { return try await startAll(call) }
        guard call.operands.count == 1 else { throw ExitError("you cannot start and attach multiple containers at once") }
        return try await startAttached(call.operands[0], call)
    }

    private static func startAll(_ call: Invocation) async throws -> Int32 {
        var failed: [String] = []
        for name in call.operands {
            do {
                try await call.client.startContainer(name)
                call.console.line(name)
            } catch {
                call.console.error("\(error)")
                failed.append(name)
            }
        }
        guard failed.isEmpty else { throw ExitError("Error: failed to start containers: \(failed.joined(separator: ", "))") }
        return 0
    }

    private static func startAttached(_ name: String, _ call: Invocation) async throws -> Int32 {
        let client = call.client
        let signals = try SignalForwarder(call.signals, console: call.console)
        let container = try await client.container(name)
        let isTTY = container.config.tty
        let sendsInput = call[interactive] && container.config.openStdin
        try AttachSession.checkTerminal(isTTY: isTTY, sendsInput: sendsInput)
        var options = ContainerAttachOptions()
        options.stream = true
        options.stdin = sendsInput
        options.stdout = true
        options.stderr = true
        options.detachKeys = call[detachKeys]
        let stream = try await client.attachContainer(container.id, options)
        let wait = try await client.waitForContainer(container.id, container.hostConfig.autoRemove ? .removed : .nextExit)
        let session = AttachSession(
            isTTY: isTTY, sendsInput: sendsInput, printsOutput: true, detachKeys: call[detachKeys], console: call.console
        ) { try await client.resizeContainer(container.id, to: $0) }
        if !isTTY {
            // The container may be gone by now: nobody is left to get the signal.
            signals.forward { signal in try? await client.killContainer(container.id, signal: SignalWatch.name(signal)) }
        }
        signals.followWindow { await session.sendSize() }
        let end = try await session.run(stream) { try await client.startContainer(container.id, detachKeys: call[detachKeys]) }
        return end == .detached ? 0 : Int32(truncatingIfNeeded: try await wait.exitCode())
    }
}
