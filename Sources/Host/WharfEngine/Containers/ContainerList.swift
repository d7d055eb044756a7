// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `GET /containers/json`: from the view alone, so that it can't wait for any container.

public import WharfDockerAPI
import WharfError
import WharfJSON

extension Containers {
    /// The filters that Docker knows for containers.
    static let listFilters: Set<String> = [
        "ancestor", "before", "exited", "expose", "health", "id", "is-task", "isolation", "label", "name", "network", "publish", "since",
        "status", "volume",
    ]

    /// Containers, newest first.
    ///
    /// - Throws: `invalidArgument` for a filter that is none, `notFound` for `before` and `since`.
    public func list(_ options: ContainerListOptions = ContainerListOptions()) async throws -> [ContainerSummary] {
        let selection = try ContainerSelection(options, self)
        var summaries: [ContainerSummary] = []
        let now = Timestamp.now()
        for record in selection.apply(to: table.all()) {
            var summary = ContainerSummary(record, image: shownImage(record), now: now)
            if options.size {
                let sizes = try await self.images.rootSize(record.id, image: record.imageID)
                summary.sizeRw = sizes.writable
                summary.sizeRootFs = sizes.total
            }
            summaries.append(summary)
        }
        return summaries
    }

    /// What the column IMAGE shows: the name that was used, or the id once that name means another image.
    func shownImage(_ record: ContainerRecord) -> String {
        images.id(of: record.config.image) == record.imageID ? record.config.image : record.imageID
    }

    /// How many there are, for info.
    func counts() -> (running: Int, paused: Int, stopped: Int) {
        var (running, paused, stopped) = (0, 0, 0)
        for record in table.all() {
            if record.state.isPaused { paused += 1 } else if record.state.isRunning { running += 1 } else { stopped += 1 }
        }
        return (running, paused, stopped)
    }
}

extension ContainerSummary {
    init(_ record: ContainerRecord, image: String, now: Timestamp) {
        self.init()
        id = record.id
        names = ["/" + record.name]
        self.image = image
        imageID = record.imageID
        command = Self.command(record)
        created = record.created.seconds
        labels = record.config.labels ?? [:]
        state = record.state.status
        status = record.state.phrase(now: now, health: record.healthPhrase)
        health = record.health.map { HealthSummary(status: $0.status, failingStreak: $0.failingStreak) }
        hostConfig = ContainerSummaryHostConfig(networkMode: record.hostConfig.networkMode, annotations: record.hostConfig.annotations)
        networkSettings = NetworkSettingsSummary(networks: NetworkSettings(record).networks)
        mounts = record.mounts.filter(\.isListed).map(MountPoint.init)
    }

    /// Words with a space are quoted, as in Docker.
    private static func command(_ record: ContainerRecord) -> String {
        let arguments = record.arguments.map { $0.utf8.contains(UInt8(ascii: " ")) ? "'\($0)'" : $0 }
        return ([record.path] + arguments).joined(separator: " ")
    }
}
