// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `POST /containers/create`: image, defaults, checks, then name, root file system, directory and row, as steps that are
// undone in reverse when one fails. The container exists when its row does.

public import WharfDockerAPI
import WharfBlocking
import WharfError
import WharfJSON
import WharfLinux
import WharfMetadata

extension Containers {
    /// Makes a container.
    ///
    /// - Parameter name: with or without a leading slash; nil or empty makes one up.
    /// - Throws: `notFound` for the image, `conflict` for the name, `invalidArgument`, `notImplemented`.
    public func create(_ request: ContainerCreateRequest, name: String? = nil) async throws -> ContainerCreateResponse {
        try await Task { [self] in try await createWhole(request, name: name) }.value
    }

    private func createWhole(_ request: ContainerCreateRequest, name: String?) async throws -> ContainerCreateResponse {
        let wanted: String? = if let name, !name.isEmpty { try ContainerName.validate(name) } else { nil }
        let (draft, image, warnings) = try await draft(request)
        try await checkBindSources(draft.mounts)
        let id = draft.id
        try await Steps.run(undoFailed: { [log] in Self.undoFailed(log, id, $0, $1) }) { steps in
            let name = try await steps.step("name") {
                try table.reserve(name: wanted, for: id)
            } undo: { [table] name in
                table.release(name: name, of: id)
            }
            var record = draft
            record.name = name
            let final = record
            try await steps.step("directory") { [directory] in
                try await blocking.own { try directory.make(id) }
            } undo: {
                [blocking, directory] _ in
                try await blocking.own { try directory.remove(id) }
            }
            try await steps.step("root") {
                try await images.prepareRoot(id, image: image)
            } undo: { [images] _ in
                try await images.removeRoot(id)
            }
            try await steps.step("row") { try await insert(final) }
        }
        return ContainerCreateResponse(id: id, warnings: warnings)
    }

    /// The row, the hold on the image and the event, in one transaction; then the view.
    private func insert(_ record: ContainerRecord) async throws {
        do {
            try await journal.write(durable: !record.hostConfig.autoRemove, news: [.container(record, "create")]) { transaction in
                try transaction.insert(record)
                try transaction.acquire(Self.image(record.imageID), holder: Self.holder(record.id))
            }
        } catch MetadataError.nameTaken(_, let name, let holder) {
            throw ContainerTable.nameConflict(name, holder: holder)
        }
        table.insert(record)
    }

    /// The resource by which a container keeps its image.
    static func image(_ id: String) -> HeldResource { HeldResource(kind: "image", id: id) }

    /// How holders are named in the metadata.
    static func holder(_ container: String) -> String { "container/\(container)" }

    /// Everything that can be said about the container before anything is made.
    private func draft(
        _ request: ContainerCreateRequest
    ) async throws -> (record: ContainerRecord, image: ContainerImage, warnings: [String]) {
        guard !request.config.image.isEmpty else {
            throw WharfError(.invalidArgument, "config cannot be empty in order to create a container")
        }
        var config = request.config
        var hostConfig = request.hostConfig ?? HostConfig()
        if hostConfig.runtime.isEmpty { hostConfig.runtime = runtimes.defaultName }
        _ = try runtimes.runtime(named: hostConfig.runtime)
        hostConfig.logConfig.fillDefaults(logDefaults)
        var validation = ContainerValidation(host: host)
        try validation.check(&config, &hostConfig)
        guard (config.volumes ?? [:]).isEmpty else {
            throw validation.notYet("anonymous volumes (\((config.volumes ?? [:]).keys.sorted().joined(separator: ", ")))")
        }
        let image = try await images.resolve(config.image)
        config = config.merged(over: image.defaults)
        if let volumes = config.volumes, !volumes.isEmpty {
            validation.warnings.append(
                "Volumes are not available yet: \(volumes.keys.sorted().joined(separator: ", ")) stay part of the container's own file system."
            )
        }
        let (path, arguments) = try config.command()
        hostConfig.fillDefaults(host)
        try adaptSharedNamespaces(&hostConfig)
        let id = ContainerID.make()
        if config.hostname.isEmpty {
            let sharesName = hostConfig.networkMode == "host" || hostConfig.utsMode == "host"
            config.hostname = sharesName ? host.hostname : ContainerID.short(id)
        }
        let record = ContainerRecord(
            id: id, name: "", created: .now(), config: config, hostConfig: hostConfig,
            networking: request.networkingConfig ?? NetworkingConfig(), imageID: image.id, platform: image.platform, path: path,
            arguments: arguments, mounts: try ContainerMounts.resolve(hostConfig))
        return (record, image, validation.warnings)
    }
}
