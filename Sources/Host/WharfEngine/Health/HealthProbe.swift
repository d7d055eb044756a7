// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One probe: an exec that nobody asked for by the API, with its output caught and a limit in time.

import Logging
import WharfBlocking
import WharfDockerAPI
import WharfError
import WharfJSON
import WharfLinux
import WharfShimProtocol

extension Containers {
    /// How long a probe that was killed may take to go: the next one waits for it, so that dying ones don't pile up.
    private static let dyingTime = Duration.seconds(10)

    /// Runs the check once. Never throws: what keeps it from running is a result, too (-1).
    func probe(_ record: ContainerRecord, _ test: HealthTest) async -> HealthcheckResult {
        let begin = Timestamp.now()
        var request = ExecCreateRequest()
        request.cmd = test.command
        request.attachStdout = true
        request.attachStderr = true
        let exec = ExecRecord(
            id: ContainerID.make(), containerID: record.id, request: request, user: record.config.user, detachKeys: [], isProbe: true)
        execs.insert(exec)
        defer { execs.forget(exec.id) }
        do {
            let output = try HealthOutput(reactor)
            let code = try await run(exec, in: record, output, within: test.timeout)
            if let code { return HealthcheckResult(start: begin, end: .now(), exitCode: Int(code), output: output.text()) }
            let printed = output.text()
            let words = "Health check exceeded timeout (\(GoDuration.text(test.timeout)))" + (printed.isEmpty ? "" : ": \(printed)")
            return HealthcheckResult(start: begin, end: .now(), exitCode: -1, output: words)
        } catch {
            return HealthcheckResult(start: begin, end: .now(), exitCode: -1, output: "\(error)")
        }
    }

    /// - Returns: the exit code; nil when the time was over.
    private func run(_ exec: ExecRecord, in record: ContainerRecord, _ output: HealthOutput, within limit: Duration) async throws -> Int32?
    {
        let outcome = OneShot<Int32?>()
        let work = Task { [self] in
            do {
                try await launch(exec, in: record, output)
                outcome.deliver(.success(await self.code(of: exec.id)))
            } catch {
                outcome.deliver(.failure(error))
            }
        }
        let alarm = Alarm(after: limit, clock: clock.clock) { outcome.deliver(.success(nil)) }
        defer { alarm.cancel() }
        let code = try await outcome.value(cancellable: false)
        if code == nil { await end(exec, work) }
        return code
    }

    private func launch(_ exec: ExecRecord, in record: ContainerRecord, _ output: HealthOutput) async throws {
        let id = ["execID": exec.id]
        await publish(
            record.id,
            [.container(record, "exec_create: \(exec.commandLine)", id), .container(record, "exec_start: \(exec.commandLine)", id)])
        execs.change(exec.id) { $0 == .created ? .starting : nil }
        var attach = AttachRequest()
        attach.token = attaches.makeToken()
        attach.process = exec.id
        attach.stdout = true
        attach.stderr = true
        attach.framing = .raw
        try await Execs(self).launch(exec, size: nil, attaches: [TaskAttach(attach, output.far)])
        output.far.close()
    }

    /// Waits for the end. 137 when the container took the exec along.
    private func code(of exec: String) async -> Int32 {
        while let change = execs.change(of: exec, when: { if case .exited = $0 { false } else { true } }) {
            // Delivered by every change of the exec's state, and by nothing else.
            _ = try? await change.value(cancellable: false)
        }
        if case .exited(let code, _)? = execs.exec(exec)?.state { return code }
        return 137
    }

    private func end(_ exec: ExecRecord, _ work: Task<Void, Never>) async {
        do {
            try await runs.task(exec.containerID)?.signal(9, process: exec.id)
        } catch {
            log.debug("a probe that took too long could not be killed", metadata: ["id": "\(exec.containerID)", "error": "\(error)"])
        }
        let gone = OneShot<Void>()
        let waiter = Task {
            await work.value
            gone.deliver(.success(()))
        }
        let alarm = Alarm(after: Self.dyingTime) { gone.deliver(.success(())) }
        // Either of the two delivers; there is no error.
        try? await gone.value(cancellable: false)
        alarm.cancel()
        waiter.cancel()
    }
}
