// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `POST /images/x/tag` and `DELETE /images/x`.

public import WharfDockerAPI
import WharfError
import WharfImages
import WharfOCI

extension Images {
    /// Gives an image a further name; another image that had it loses it.
    ///
    /// - Throws: `notFound`, `invalidArgument` for the name.
    public func tag(_ name: String, repository: String, tag: String = "") async throws {
        guard let wanted = try Reference.named(repository, tag: tag) else {
            throw WharfError(.invalidArgument, "repository name must have at least one component")
        }
        let (image, reference) = try await store.tag(name, as: wanted.description)
        await publish([.image("tag", id: image.id.description, name: reference.familiar, labels: image.labels)])
    }

    /// Removes a name, or an image by its id.
    ///
    /// - Throws: `notFound`, also for a platform that it is not for; `conflict` with Docker's texts while containers use it.
    public func remove(_ name: String, options: ImageRemoveOptions = ImageRemoveOptions()) async throws -> [ImageDeleteItem] {
        let image = try store.resolve(name)
        if let first = options.platforms.first, !options.platforms.contains(where: { Platform($0).matches(image.platform) }) {
            try image.require(first, as: name)
        }
        let running = runningContainers()
        let removals = try await Task { [store] in try await store.remove(name, force: options.force, running: running) }.value
        await publish(Self.news(image, removals))
        return removals.map { ImageDeleteItem($0) }
    }

    /// Ids of the containers that run now.
    func runningContainers() -> Set<String> { Set(containers.table.all().filter(\.state.isRunning).map(\.id)) }

    /// The events of a removal.
    static func news(_ image: Image, _ removals: [ImageRemoval]) -> [EngineEvent] {
        let id = image.id.description
        return removals.compactMap { removal in
            switch removal {
            case .untagged: .image("untag", id: id, name: id, labels: image.labels)
            case .deleted(let digest): digest == image.id ? .image("delete", id: id, name: id, labels: image.labels) : nil
            }
        }
    }
}

extension ImageDeleteItem {
    init(_ removal: ImageRemoval) {
        switch removal {
        case .untagged(let name): self.init(deleted: "", untagged: name)
        case .deleted(let digest): self.init(deleted: digest.description, untagged: "")
        }
    }
}
