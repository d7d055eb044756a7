// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `GET /exec/x/json` and `POST /exec/x/resize`.

public import WharfDockerAPI
import WharfError

extension Execs {
    /// All about an exec, also after its end.
    ///
    /// - Throws: `notFound`.
    public func inspect(_ id: String) throws -> ExecInspect {
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
