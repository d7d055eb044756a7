// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf attach`: joins the streams of a running container and leaves with its exit code.

import WharfClient
import WharfDockerAPI

/// Attaches to a container.
enum ContainerAttach {
    static let detachKeys = Flag.text("detach-keys", nil, "Override the key sequence for detaching a container")
    static let noStdin = Flag.on("no-stdin", nil, "Do not attach STDIN")
    static let signalProxy = Flag.on("sig-proxy", nil, "Proxy all received signals to the process", default: true)

    static let command = Command(
        name: "attach", usage: "[OPTIONS] CONTAINER",
        summary: "Attach local standard input, output, and error streams to a running container",
        aliases: ["wharf container attach", "wharf attach"], operands: .exactly(1), flags: [detachKeys, noStdin, signalProxy],
        signals: { SignalWatch.forTerminal($0[signalProxy] ? SignalWatch.forwardable : SignalWatch.terminating) }
    ) { call in
        try await attach(call.operands[0], call)
    }

    private static func attach(_ name: String, _ call: Invocation) async throws -> Int32 {
        let client = call.client
        let signals = try SignalForwarder(call.signals, console: call.console)
        let container = try await client.container(name)
        try check(container.state)
        let isTTY = container.config.tty
        let sendsInput = !call[noStdin] && container.config.openStdin
        try AttachSession.checkTerminal(isTTY: isTTY, sendsInput: sendsInput)
        var options = ContainerAttachOptions()
        options.stream = true
        options.stdin = sendsInput
        options.stdout = true
        options.stderr = true
        options.detachKeys = call[detachKeys]
        let wait = try await client.waitForContainer(container.id, .notRunning)
        if call[signalProxy], !isTTY {
            // The container may be gone by now: nobody is left to get the signal.
            signals.forward { signal in try? await client.killContainer(container.id, signal: SignalWatch.name(signal)) }
        }
        let stream = try await client.attachContainer(container.id, options)
        let session = AttachSession(
            isTTY: isTTY, sendsInput: sendsInput, printsOutput: true, detachKeys: call[detachKeys], console: call.console
        ) { try await client.resizeContainer(container.id, to: $0) }
        signals.followWindow { await session.sendSize() }
        let end = try await session.run(stream) {
            // A second attach shows no prompt unless the size changes: one more row, then back. Cosmetic, so errors are let go.
            if isTTY, let size = LocalTerminal.size {
                // Cosmetic, so it may fail.
                try? await client.resizeContainer(container.id, to: ConsoleSize(height: size.height + 1, width: size.width + 1))
            }
        }
        guard end == .closed else { throw ExitError("read escape sequence") }
        return Int32(truncatingIfNeeded: try await wait.exitCode())
    }

    private static func check(_ state: ContainerState) throws {
        if !state.running { throw ExitError("cannot attach to a stopped container, start it first") }
        if state.paused { throw ExitError("cannot attach to a paused container, unpause it first") }
        if state.restarting { throw ExitError("cannot attach to a restarting container, wait until it is running") }
    }
}
