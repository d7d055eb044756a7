// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The filters of the container list, as dockerd applies them.

import WharfDockerAPI
import WharfError

/// Which containers a list shows.
struct ContainerSelection: Sendable {
    private let options: ContainerListOptions
    private let filters: Filters
    private let exitCodes: [Int32]
    private let beforeID: String?
    private let sinceID: String?
    /// nil without the filter.
    private let ancestors: Set<String>?
    private let showsStopped: Bool

    /// Reads and checks the filters.
    init(_ options: ContainerListOptions, _ containers: Containers) throws {
        let filters = options.filters
        try filters.validate(accepting: Containers.listFilters)
        self.options = options
        self.filters = filters
        var codes: [Int32] = []
        for text in filters.values("exited") {
            guard let code = Int32(text) else { throw WharfError(.invalidArgument, "invalid filter 'exited=\(text)'") }
            codes.append(code)
        }
        exitCodes = codes
        for status in filters.values("status") where !Self.statuses.contains(status) {
            throw WharfError(
                .invalidArgument,
                "invalid filter 'status=\(status)': invalid value for state (\(status)): must be one of \(Self.statuses.joined(separator: ", "))"
            )
        }
        for health in filters.values("health") where !Self.healths.contains(health) {
            throw WharfError(
                .invalidArgument,
                "invalid filter 'health=\(health)': invalid value for health (\(health)): must be one of \(Self.healths.joined(separator: ", "))"
            )
        }
        beforeID = try filters.values("before").first.map { try containers.table.resolve($0).id }
        sinceID = try filters.values("since").first.map { try containers.table.resolve($0).id }
        if filters.contains("ancestor") {
            var ids: Set<String> = []
            for name in filters.values("ancestor") {
                // An image that does not exist has no descendants.
                if let id = containers.images.id(of: name) { ids.insert(id) }
            }
            ancestors = ids
        } else {
            ancestors = nil
        }
        showsStopped = options.all || options.limit > 0 || filters.contains("status")
    }

    private static let statuses = ["created", "running", "paused", "restarting", "removing", "exited", "dead"]
    private static let healths = ["none", "starting", "healthy", "unhealthy"]

    /// - Parameter records: newest first.
    func apply(to records: [ContainerRecord]) -> [ContainerRecord] {
        var records = records[...]
        if let beforeID, let index = records.firstIndex(where: { $0.id == beforeID }) { records = records[(index + 1)...] }
        if let sinceID, let index = records.firstIndex(where: { $0.id == sinceID }) { records = records[..<index] }
        let shown = records.lazy.filter(includes)
        return options.limit > 0 ? Array(shown.prefix(options.limit)) : Array(shown)
    }

    private func includes(_ record: ContainerRecord) -> Bool {
        guard showsStopped || record.state.isActive else { return false }
        guard filters.patternMatch("name", "/" + record.name) || filters.patternMatch("name", record.name) else { return false }
        guard filters.prefixMatch("id", record.id) || filters.patternMatch("id", record.id) else { return false }
        guard filters.labelMatch("label", record.config.labels ?? [:]) else { return false }
        guard filters.exactMatch("status", record.state.status) else { return false }
        guard filters.exactMatch("health", record.health?.status ?? "none") else { return false }
        if filters.contains("is-task"), filters.exactMatch("is-task", "true") || filters.exactMatch("is-task", "1") { return false }
        if !exitCodes.isEmpty {
            guard case .exited(let exited) = record.state, exitCodes.contains(exited.exitCode) else { return false }
        }
        if let ancestors, !ancestors.contains(record.imageID) { return false }
        if filters.contains("volume") {
            let names = record.mounts.flatMap { [$0.source, $0.destination] }
            guard filters.values("volume").contains(where: names.contains) else { return false }
        }
        if filters.contains("network"), !filters.values("network").contains(record.networkName) { return false }
        if filters.contains("publish") { return false }
        if filters.contains("expose") {
            let ports = (record.config.exposedPorts ?? [:]).keys
            guard filters.values("expose").contains(where: { port in ports.contains(port) || ports.contains("\(port)/tcp") }) else {
                return false
            }
        }
        return true
    }
}
