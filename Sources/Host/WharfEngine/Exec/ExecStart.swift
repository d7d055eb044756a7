// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `POST /exec/x/start`, in two steps like attach: the check, then the run with the connection. A program that can't be
// run is told in the stream, because the HTTP answer has gone out by then; the exit code says it again.

import Logging
public import WharfDockerAPI
import WharfError
public import WharfLinux
import WharfShimProtocol

/// A start that was allowed.
public struct ExecSession: Sendable {
    /// Output is raw, else multiplexed.
    public let isTTY: Bool
    let execs: Execs
    let exec: ExecRecord
    let size: ConsoleSize?

    /// Runs the exec with a client. Comes back when the shim has the connection, or when it could not be started.
    public func run(_ connection: HijackedConnection) async {
        var request = AttachRequest()
        request.token = execs.containers.attaches.makeToken()
        request.process = exec.id
        request.stdin = exec.request.attachStdin
        request.stdout = exec.request.attachStdout
        request.stderr = exec.request.attachStderr
        request.framing = isTTY ? .raw : .multiplexed
        request.detachKeys = isTTY ? (exec.detachKeys.isEmpty ? DetachKeys.standard : exec.detachKeys) : []
        request.initialBytes = connection.initialBytes
        do {
            try await execs.launch(exec, size: size, attaches: [TaskAttach(request, connection.descriptor)])
        } catch {
            await tell("\(error)\r\n", connection.descriptor)
        }
    }

    private func tell(_ text: String, _ connection: Descriptor) async {
        let bytes = isTTY ? Array(text.utf8) : StreamFraming.frame(.stdout, Array(text.utf8))
        do {
            try await ConnectionWriter(connection: connection, reactor: execs.containers.reactor).write(bytes)
        } catch {
            execs.containers.log.debug("a client left before it was told why its exec failed", metadata: ["error": "\(error)"])
        }
    }
}

extension Execs {
    /// Allows a start with a client.
    ///
    /// - Throws: `notFound`, `conflict` when it ran, runs, or its container does not.
    public func start(_ id: String, _ request: ExecStartRequest) async throws -> ExecSession {
        let exec = try await claim(id)
        return ExecSession(isTTY: exec.request.tty, execs: self, exec: exec, size: request.consoleSize ?? exec.request.consoleSize)
    }

    /// Starts without a client.
    ///
    /// - Throws: as `start`, and `invalidArgument` with Docker's text when the program can't be run.
    public func startDetached(_ id: String, _ request: ExecStartRequest) async throws {
        let exec = try await claim(id)
        try await launch(exec, size: request.consoleSize ?? exec.request.consoleSize, attaches: [])
    }

    /// An exec starts once.
    private func claim(_ id: String) async throws -> ExecRecord {
        let exec = try find(id)
        guard let container = containers.table.record(exec.containerID) else {
            throw WharfError(.notFound, "No such exec instance: \(id)")
        }
        _ = try runningContainer(container)
        guard let (claimed, changed) = containers.execs.change(id, { $0 == .created ? .starting : nil }) else {
            throw WharfError(.notFound, "No such exec instance: \(id)")
        }
        guard changed else {
            let state = claimed.isRunning ? "is already running" : "has already run"
            throw WharfError(.conflict, "exec command \(id) \(state)")
        }
        let news = EngineEvent.container(container, "exec_start: \(claimed.commandLine)", ["execID": id])
        await containers.publish(container.id, [news])
        return claimed
    }

    /// Lets the shim run it. - Throws: `WharfError` with Docker's text; the exec has ended with 127 or 126 then.
    func launch(_ exec: ExecRecord, size: ConsoleSize?, attaches: [TaskAttach]) async throws {
        do {
            guard let record = containers.table.record(exec.containerID), let task = containers.runs.task(record.id) else {
                throw Containers.notRunning(exec.containerID)
            }
            var request = ExecTaskRequest(id: exec.id, process: try TaskProcess(exec, in: record))
            request.rows = size?.height ?? 0
            request.columns = size?.width ?? 0
            request.openStdin = exec.request.attachStdin
            request.attaches = attaches
            // In a task of its own: a client that leaves does not leave an exec behind that nobody knows.
            let pid = try await Task { [request] in try await task.exec(request) }.value
            // Its end may have come first.
            containers.execs.change(exec.id) { $0 == .starting ? .running(pid: pid) : nil }
            await containers.persist(exec: exec.id)
        } catch {
            let failure = StartFailureText(error, program: exec.program, kind: .exec)
            let code = failure.exitCode == 128 ? 126 : failure.exitCode
            containers.execs.change(exec.id) { $0 == .starting ? .exited(code: code, pid: 0) : nil }
            await containers.persist(exec: exec.id)
            throw failure.error
        }
    }
}

extension TaskProcess {
    /// An exec's process: the container's surroundings, with what the exec says on top.
    ///
    /// - Throws: as `SecurityOptions`.
    init(_ exec: ExecRecord, in record: ContainerRecord) throws(WharfError) {
        self.init(arguments: exec.request.cmd ?? [])
        try inherit(record.hostConfig)
        environment = record.config.processEnvironment(terminal: exec.request.tty, adding: exec.request.env ?? [])
        workingDirectory = exec.request.workingDirectory.isEmpty ? record.config.workingDirectory : exec.request.workingDirectory
        user = exec.user
        terminal = exec.request.tty
        privileged = exec.request.privileged || record.hostConfig.privileged
    }
}
