// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The containers' end with the daemon's, for those who asked for it (`"live-restore": false`). All at once, each with its own
// stop signal and time, as dockerd does. Nobody stopped them by hand: policies start them again with the next daemon.

import Logging
import WharfBlocking
import WharfDockerAPI
import WharfError

extension Containers {
    /// What a container needs beyond its own stop timeout (moby, Daemon.ShutdownTimeout).
    private static let stopMargin = Duration.seconds(5)

    /// Keeps restart policies from acting. For the daemon's end, whatever becomes of the containers.
    public func suspend() { restarts.close() }

    /// Stops all containers.
    ///
    /// - Parameter timeout: at least this long is waited; longer where a container's own stop timeout is.
    public func shutdown(timeout: Duration) async {
        suspend()
        let running = table.all().filter(\.state.isRunning)
        let own = running.map { $0.config.stopTimeout ?? 10 }
        let limit = own.contains { $0 < 0 } ? nil : max(timeout, own.map { .seconds($0) + Self.stopMargin }.max() ?? .zero)
        let all = Task { [self] in
            await withTaskGroup(of: Void.self) { group in
                for record in running { group.addTask { await self.stopForShutdown(record.id) } }
            }
        }
        let done = OneShot<Void>()
        let waiter = Task {
            await all.value
            done.deliver(.success(()))
        }
        let alarm = limit.map { limit in Alarm(after: limit) { done.deliver(.success(())) } }
        // Both deliver success.
        try? await done.value(cancellable: false)
        alarm?.cancel()
        waiter.cancel()
        let left = table.all().filter(\.state.isRunning).count
        if left > 0 { log.warning("containers did not end in time and go on", metadata: ["count": "\(left)"]) }
    }

    private func stopForShutdown(_ id: String) async {
        runs.cancelStart(id)
        do {
            try await mutate(id) { [self] in try await stopHeld(id, options: ContainerStopOptions(), by: .shutdown) }
        } catch let error as WharfError where error.code == .notModified || error.code == .notFound {
            // It ended by itself.
        } catch {
            log.error("a container could not be stopped", metadata: ["id": "\(id)", "error": "\(error)"])
        }
    }
}
