// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `POST /containers/x/update`: new limits and a new restart policy. The record keeps them for the next start; a container that
// runs gets the limits at once, through its shim, and when the kernel refuses them the record is what it was.

import Logging
public import WharfDockerAPI
import WharfError

extension Containers {
    /// Changes limits and restart policy of a container in any state.
    ///
    /// - Throws: `invalidArgument` for what can't be, `conflict` for what contradicts the present settings, each with
    ///   Docker's text; `internal` when the kernel refuses.
    public func update(_ reference: String, _ request: ContainerUpdateRequest) async throws -> ContainerUpdateResponse {
        var request = request
        var validation = ContainerValidation(host: host)
        try validation.checkResources(&request.resources, isUpdate: true)
        if !request.restartPolicy.name.isEmpty { try validation.check(request.restartPolicy) }
        let id = try table.resolve(reference).id
        try await mutate(id) { [self, request] in
            do {
                try await updateHeld(id, request)
            } catch let error as WharfError where error.code != .notFound {
                throw WharfError(error.code, "Cannot update container \(id): \(error.message)", cause: error, errno: error.errno)
            }
        }
        return ContainerUpdateResponse(warnings: validation.warnings.isEmpty ? nil : validation.warnings)
    }

    private func updateHeld(_ id: String, _ request: ContainerUpdateRequest) async throws {
        guard let old = table.record(id) else { throw WharfError(.notFound, "No such container: \(id)") }
        switch old.state {
        case .removing, .dead: throw WharfError(.conflict, "container is marked for removal and cannot be \"update\"")
        case .created, .running, .restarting, .exited: break
        }
        var hostConfig = old.hostConfig
        try hostConfig.update(request)
        if old.state.isRunning, let task = runs.task(id) {
            do {
                let warnings = try await task.update(TaskResources(request.resources))
                for warning in warnings {
                    log.warning("an update was carried out in part", metadata: ["id": "\(id)", "reason": "\(warning)"])
                }
            } catch let failure as TaskFailure {
                throw WharfError(.internal, failure.text, cause: failure, errno: failure.errno)
            }
        }
        let final = hostConfig
        guard let updated = table.update(id, { $0.hostConfig = final }) else { return }
        do {
            try await persist(id, durable: true, news: [.container(updated, "update")])
        } catch {
            table.update(id) { $0.hostConfig = old.hostConfig }
            throw error
        }
    }
}

extension HostConfig {
    /// Puts the named settings in the place of the present ones (moby, container_unix.go, UpdateContainer).
    ///
    /// - Throws: `conflict` with Docker's texts.
    mutating func update(_ request: ContainerUpdateRequest) throws(WharfError) {
        try resources.update(request.resources)
        guard !request.restartPolicy.name.isEmpty else { return }
        if autoRemove, request.restartPolicy.name != "no" {
            throw WharfError(.conflict, "Restart policy cannot be updated because AutoRemove is enabled for the container")
        }
        restartPolicy = request.restartPolicy
    }
}

extension ContainerResources {
    fileprivate mutating func update(_ new: ContainerResources) throws(WharfError) {
        let conflicts: [(Int64, String, Int64, String)] = [
            (new.nanoCPUs, "Nano CPUs", cpuPeriod, "CPU Period"), (new.nanoCPUs, "Nano CPUs", cpuQuota, "CPU Quota"),
            (new.cpuPeriod, "CPU Period", nanoCPUs, "NanoCPUs"), (new.cpuQuota, "CPU Quota", nanoCPUs, "NanoCPUs"),
        ]
        for (wanted, name, present, other) in conflicts where wanted > 0 && present > 0 {
            throw WharfError(.conflict, "Conflicting options: \(name) cannot be updated as \(other) has already been set")
        }
        if new.memory != 0, new.memory > memorySwap, new.memorySwap == 0 {
            throw WharfError(
                .conflict,
                "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time")
        }
        for path in [
            \ContainerResources.cpuShares, \.nanoCPUs, \.cpuPeriod, \.cpuQuota, \.memory, \.memorySwap, \.memoryReservation,
            \.cpuRealtimePeriod, \.cpuRealtimeRuntime,
        ] where new[keyPath: path] != 0 { self[keyPath: path] = new[keyPath: path] }
        for path in [\ContainerResources.cpusetCpus, \.cpusetMems] where !new[keyPath: path].isEmpty {
            self[keyPath: path] = new[keyPath: path]
        }
        for path in [
            \ContainerResources.blkioDeviceReadBps, \.blkioDeviceWriteBps, \.blkioDeviceReadIOps, \.blkioDeviceWriteIOps,
        ] { self[keyPath: path] = new[keyPath: path] ?? self[keyPath: path] }
        blkioWeightDevice = new.blkioWeightDevice ?? blkioWeightDevice
        if new.blkioWeight != 0 { blkioWeight = new.blkioWeight }
        pidsLimit = new.pidsLimit ?? pidsLimit
    }
}
