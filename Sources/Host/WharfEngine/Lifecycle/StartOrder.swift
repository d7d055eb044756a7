// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// In which order containers are started when the daemon comes up: behind those whose namespaces they join, and behind
// those that compose says they depend on. Pure.
//
//     com.docker.compose.depends_on = db:service_healthy:false,cache:service_started:true
//                                     service : condition : whether a restart of it restarts this one

import WharfDockerAPI

/// What must be so before a container is started.
struct StartDependency: Sendable, Hashable {
    enum Condition: Sendable, Hashable {
        case started, healthy, completed
    }

    /// The other container.
    let id: String
    let condition: Condition
}

/// Who waits for whom.
struct StartOrder: Sendable {
    /// Those that are to be started, each behind what it waits for.
    let order: [String]
    /// What each waits for; dependencies that would close a circle are left out.
    let dependencies: [String: [StartDependency]]

    static let projectLabel = "com.docker.compose.project"
    static let serviceLabel = "com.docker.compose.service"
    static let dependsLabel = "com.docker.compose.depends_on"

    /// - Parameters:
    ///   - wanted: the containers to be started.
    ///   - all: every container; what is not to be started may still be waited for.
    init(starting wanted: [ContainerRecord], among all: [ContainerRecord]) {
        let sorted = wanted.sorted { ($0.created, $0.id) < ($1.created, $1.id) }
        var kept: [String: [StartDependency]] = [:]
        var done: Set<String> = []
        var open: Set<String> = []
        var order: [String] = []
        let records = Dictionary(sorted.map { ($0.id, $0) }) { first, _ in first }
        func visit(_ record: ContainerRecord) {
            open.insert(record.id)
            for dependency in Self.dependencies(of: record, among: all) where !open.contains(dependency.id) {
                kept[record.id, default: []].append(dependency)
                if let other = records[dependency.id], !done.contains(other.id) { visit(other) }
            }
            open.remove(record.id)
            done.insert(record.id)
            order.append(record.id)
        }
        for record in sorted where !done.contains(record.id) { visit(record) }
        self.order = order
        dependencies = kept
    }

    static func dependencies(of record: ContainerRecord, among all: [ContainerRecord]) -> [StartDependency] {
        var found: [StartDependency] = []
        let host = record.hostConfig
        for mode in [host.networkMode, host.ipcMode, host.pidMode] {
            guard let name = mode.joinedContainer, let other = all.first(where: { $0.id == name || $0.name == name }) else { continue }
            found.append(StartDependency(id: other.id, condition: .started))
        }
        let labels = record.config.labels ?? [:]
        guard let project = labels[projectLabel], let text = labels[dependsLabel] else { return found }
        for (service, condition) in services(in: text) {
            for other in all where other.id != record.id {
                let theirs = other.config.labels ?? [:]
                if theirs[projectLabel] == project, theirs[serviceLabel] == service {
                    found.append(StartDependency(id: other.id, condition: condition))
                }
            }
        }
        return found
    }

    static func services(in text: String) -> [(service: String, condition: StartDependency.Condition)] {
        text.utf8.split(separator: UInt8(ascii: ",")).compactMap { entry in
            let parts = entry.split(separator: UInt8(ascii: ":")).map { String(Substring($0)) }
            guard let service = parts.first else { return nil }
            let condition: StartDependency.Condition =
                switch parts.dropFirst().first ?? "" {
                case "service_healthy": .healthy
                case "service_completed_successfully": .completed
                default: .started
                }
            return (service, condition)
        }
    }
}
