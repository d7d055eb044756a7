// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `GET /exec/x/json` and `POST /exec/x/resize`.

import Glibc
import WharfBlocking
public import WharfDockerAPI
import WharfError
import WharfLinux

extension Execs {
    /// All about an exec, also after its end.
    ///
    /// - Throws: `notFound`.
    public func inspect(_ id: String) async throws -> ExecInspect {
        await settle(id)
        let exec = try find(id)
        var inspect = ExecInspect()
        inspect.id = exec.id
        inspect.containerID = exec.containerID
        inspect.running = exec.isRunning
        inspect.openStdin = exec.request.attachStdin
        inspect.openStdout = exec.request.attachStdout
        inspect.openStderr = exec.request.attachStderr
        inspect.detachKeys = Base64Bytes(exec.detachKeys)
        inspect.processConfig = ExecProcessConfig(
            tty: exec.request.tty, entrypoint: exec.program, arguments: Array((exec.request.cmd ?? []).dropFirst()),
            privileged: exec.request.privileged, user: exec.user)
        switch exec.state {
        case .created, .starting: break
        case .running(let pid): inspect.pid = Int(pid)
        case .exited(let code, let pid):
            inspect.pid = Int(pid)
            inspect.exitCode = Int(code)
        }
        return inspect
    }

    /// How long news of an exec that is over may be on its way: on a busy machine the shim, too, has to wait for its turn.
    private static let newsTime = Duration.seconds(10)

    /// A client that has seen the end of an exec's output asks for its code at once, while the shim's news may still
    /// be on its way through the daemon: waits for what is sure to come, a start that is under way or the end of a
    /// process that is gone.
    private func settle(_ id: String) async {
        let table = containers.execs
        let isShimGone = await isShimGone(of: id)
        do {
            try await withDeadline(Self.newsTime, "exec \(id)") {
                while let change = table.change(of: id, when: { Self.isUnsettled($0) || (isShimGone && Self.isRunning($0)) }) {
                    try await change.value()
                }
            }
        } catch {
            // The news did not come in time: what is known is told.
        }
    }

    /// With the shim the connections of its execs end, a moment before their processes do.
    private func isShimGone(of id: String) async -> Bool {
        guard let exec = containers.execs.exec(id), Self.isRunning(exec.state), let task = containers.runs.task(exec.containerID)
        else { return false }
        do {
            _ = try await withDeadline(.milliseconds(300), "exec \(id)") { try await task.state() }
            return false
        } catch {
            return (error as? TaskFailure)?.errno == ESRCH
        }
    }

    private static func isRunning(_ state: ExecRecord.State) -> Bool {
        if case .running = state { true } else { false }
    }

    private static func isUnsettled(_ state: ExecRecord.State) -> Bool {
        switch state {
        case .created, .exited: return false
        case .starting: return true
        case .running(let pid):
            do { return try ProcessStatus(of: pid).isEnding } catch { return error.errno == ENOENT }
        }
    }

    /// Tells an exec's terminal its size.
    ///
    /// - Throws: `notFound`, `conflict` when it does not run.
    public func resize(_ id: String, rows: UInt16, columns: UInt16) async throws {
        let exec = try find(id)
        guard exec.isRunning, let task = containers.runs.task(exec.containerID) else {
            throw WharfError(.conflict, "exec \(id) is not running")
        }
        guard exec.request.tty else { return }
        do {
            try await task.resize(process: id, rows: rows, columns: columns)
        } catch let failure as TaskFailure {
            throw WharfError(.internal, failure.text, cause: failure, errno: failure.errno)
        }
    }
}
