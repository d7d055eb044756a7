// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `POST /containers/x/wait`. Registering and waiting are two steps, because the response's head must be sent once
// the client is registered: `docker run` starts the container only then.

import WharfBlocking
public import WharfDockerAPI
import WharfError

/// A registered wait.
public final class WaitHandle: Sendable {
    private let shot: OneShot<ContainerWaitResponse>
    private let forget: @Sendable () -> Void

    init(shot: OneShot<ContainerWaitResponse>, forget: @escaping @Sendable () -> Void) {
        self.shot = shot
        self.forget = forget
    }

    /// Waits. One caller only; cancelled when the caller is.
    public func value() async throws -> ContainerWaitResponse {
        defer { forget() }
        return try await shot.value()
    }

    deinit { forget() }
}

extension Containers {
    /// Registers for the end of a run or of the container; the answer comes from the handle.
    ///
    /// - Throws: `notFound`.
    public func wait(_ reference: String, condition: WaitCondition = .notRunning) throws -> WaitHandle {
        let record = try table.resolve(reference)
        guard let handle = table.wait(record.id, condition) else { throw WharfError(.notFound, "No such container: \(reference)") }
        return handle
    }

    /// Waits until it does not run any more.
    ///
    /// - Parameter limit: nil waits for ever.
    /// - Returns: false when the time is over and it still runs.
    func waitForExit(_ id: String, within limit: Duration?) async -> Bool {
        guard let handle = table.wait(id, .notRunning) else { return true }
        do {
            if let limit {
                _ = try await withDeadline(limit, "container \(id)") { try await handle.value() }
            } else {
                _ = try await handle.value()
            }
            return true
        } catch {
            return table.record(id)?.state.isRunning != true
        }
    }
}

extension ContainerWaitResponse {
    /// A code, and words where it needs them.
    init(exitCode: Int32, error text: String) {
        self.init(error: text.isEmpty ? nil : ContainerWaitError(message: text), statusCode: Int64(exitCode))
    }
}
