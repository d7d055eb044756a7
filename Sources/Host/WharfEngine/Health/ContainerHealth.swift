// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Health checks of containers that run: one task each that waits, probes, and takes the result in. Started behind a start,
// ended before an exit and a pause.

import Logging
import WharfBlocking
import WharfDockerAPI
import WharfError
import WharfJSON

extension Containers {
    /// A run begins: its health is open. The caller writes the record.
    func openHealth(_ id: String, _ config: ContainerConfig) {
        guard HealthTest(config) != nil else { return }
        table.update(id) { $0.health = .beginning(after: $0.health) }
    }

    /// Begins to probe a container that runs, where something is to be probed.
    func watchHealth(_ id: String) {
        guard let record = table.record(id), let test = HealthTest(record.config), record.state.isRunning, !record.state.isPaused else {
            return
        }
        if record.health == nil { openHealth(id, record.config) }
        probes.start(id) { [self] ticket in await monitor(id, test, ticket) }
    }

    /// Nobody looks any more, so nothing good can be said: as in Docker it counts as unhealthy. The caller writes the record.
    func endHealth(_ id: String) {
        guard probes.stop(id) else { return }
        table.update(id) { $0.health?.status = Health.unhealthy }
    }

    private func monitor(_ id: String, _ test: HealthTest, _ ticket: UInt64) async {
        while !Task.isCancelled, let record = table.record(id), record.state.isRunning {
            do { try await clock.sleep(for: test.wait(status: record.health?.status ?? "", age: age(record))) } catch { return }
            guard probes.isCurrent(id, ticket), let record = table.record(id) else { return }
            let age = age(record)
            let result = await probe(record, test)
            guard probes.isCurrent(id, ticket) else { return }
            await take(result, age: age, test, id)
        }
    }

    /// How long it has run; on the wall clock where an earlier daemon started it.
    private func age(_ record: ContainerRecord) -> Duration {
        runs.startedAt(record.id).map { clock.now() - $0 } ?? clock.elapsed(record.state.startedAt)
    }

    private func take(_ result: HealthcheckResult, age: Duration, _ test: HealthTest, _ id: String) async {
        var hasChanged = false
        let record = table.update(id) { record in
            guard record.health != nil else { return }
            hasChanged = record.health?.take(result, age: age, test) ?? false
        }
        if hasChanged { probes.tell(id) }
        guard let record, let health = record.health else { return }
        await publish(id, hasChanged ? [.container(record, "health_status: \(health.status)")] : [])
    }
}
