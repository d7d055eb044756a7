// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What restart policies do when the daemon has come up: start what should run, in its order, in the background. The API
// answers meanwhile.

import Logging
import WharfBlocking
import WharfDockerAPI
import WharfError

extension Containers {
    /// How many are started at once.
    private static let startsAtOnce = 8
    /// How long one waits for another's health, or end, before it is started all the same.
    private static let dependencyPatience = Duration.seconds(60)

    /// Lets restart policies act; behind `restore`. - Returns: a task that ends when every start has been tried.
    @discardableResult
    public func resume() -> Task<Void, Never> {
        restarts.open()
        let all = table.all()
        let wanted = all.filter(startsWithDaemon)
        let order = StartOrder(starting: wanted, among: all)
        let slots = KeyedLock("start slot")
        var starts: [String: Task<Void, Never>] = [:]
        for (index, id) in order.order.enumerated() {
            let waits = (order.dependencies[id] ?? []).map { ($0, starts[$0.id]) }
            starts[id] = Task { [self] in
                for (dependency, start) in waits {
                    await start?.value
                    await settled(dependency)
                }
                // The lock throws only when its waiter is cancelled, which nobody does.
                try? await slots.withKey(String(index % Self.startsAtOnce)) { await resume(id) }
            }
        }
        return Task { [starts] in for start in starts.values { await start.value } }
    }

    private func startsWithDaemon(_ record: ContainerRecord) -> Bool {
        switch record.state {
        case .restarting: true
        case .exited(let exited): RestartPlan(record).startsWithDaemon(afterExit: exited.exitCode)
        case .created, .running, .removing, .dead: false
        }
    }

    private func resume(_ id: String) async {
        guard let record = table.record(id), restarts.isOpen else { return }
        // Its back-off goes on from when it ended.
        if record.state.isRestarting { return restartLater(record, after: record.restartDelay) }
        do {
            try await mutate(id, deadline: nil) { [self] in try await startHeld(id) }
        } catch let error as WharfError where error.code == .notModified || error.code == .notFound {
            // Somebody was faster.
        } catch {
            log.error("a container could not be started with the daemon", metadata: ["id": "\(id)", "error": "\(error)"])
        }
    }

    /// Waits until a dependency is as it should be, can't become so, or has had its time.
    private func settled(_ dependency: StartDependency) async {
        guard let record = table.record(dependency.id), record.state.isActive else { return }
        switch dependency.condition {
        case .started: break
        case .healthy:
            await probes.settled(dependency.id, within: Self.dependencyPatience) { [table] in
                let record = table.record(dependency.id)
                return record?.health?.status == Health.starting && record?.state.isActive == true
            }
        case .completed: _ = await waitForExit(dependency.id, within: Self.dependencyPatience)
        }
    }
}
