// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `GET /containers/x/stats`: what a container uses, read from its control groups. A stream has a sample a second; one
// document costs a second too, because it holds the sample before it, unless the client wants none.

import WharfBlocking
import WharfCgroups
public import WharfDockerAPI
import WharfError
import WharfJSON

/// Samples of one container.
public struct ContainerStatsStream: Sendable {
    let containers: Containers
    let id: String
    let options: ContainerStatsOptions

    /// Hands over samples: one, or one a second until the container is removed or the caller cancelled.
    public func run(_ write: @Sendable (ContainerStats) async throws -> Void) async throws {
        var last: ContainerStats?
        if !options.stream, !options.oneShot, containers.table.record(id)?.state.isRunning == true {
            last = try await containers.sample(id)
            try await Self.pause()
        }
        while var sample = try await containers.sample(id) {
            if let last, sample.cpu.systemUsage != nil {
                sample.preRead = last.read
                sample.preCPU = last.cpu
            }
            try await write(sample)
            guard options.stream else { return }
            last = sample
            try await Self.pause()
        }
    }

    /// Until the next sample.
    private static func pause() async throws {
        let rung = OneShot<Void>()
        let alarm = Alarm(after: .seconds(1)) { rung.deliver(.success(())) }
        defer { alarm.cancel() }
        try await rung.value()
    }
}

extension Containers {
    /// Opens a container's statistics. One that does not run has empty ones.
    ///
    /// - Throws: `notFound`, `invalidArgument` for a stream of one.
    public func stats(_ reference: String, options: ContainerStatsOptions) async throws -> ContainerStatsStream {
        let record = try table.resolve(reference)
        guard !(options.stream && options.oneShot) else { throw WharfError(.invalidArgument, "cannot have stream=true and one-shot=true") }
        return ContainerStatsStream(containers: self, id: record.id, options: options)
    }

    /// One sample; nil when the container is gone.
    func sample(_ id: String) async throws -> ContainerStats? {
        guard let record = table.record(id) else { return nil }
        var sample = ContainerStats()
        sample.name = "/" + record.name
        sample.id = record.id
        guard record.state.isRunning else { return sample }
        let (groups, memory) = (groups, UInt64(max(0, host.memory)))
        let (stats, time) = try await blocking.own {
            (try groups.manager(record).stats(), try HostProcessorTime.now())
        }
        sample.read = Timestamp.now()
        sample.cpu = CPUStats(stats.cpu, host: time, isUnified: groups.isUnified)
        sample.memory = MemoryStats(stats.memory, hostMemory: memory, isUnified: groups.isUnified)
        sample.pids = PidsStats(stats.pids)
        sample.blockIO = BlockIOStats(stats.blockIO, isUnified: groups.isUnified)
        return sample
    }
}
