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
        let running = runningContainers()
        let platforms = options.platforms.map { Platform($0) }
        let labels = store.variants(of: image).reduce(into: [image.id: image.labels]) { $0[$1.id] = $1.labels }
        let removals = try await Task { [store] in
            try await store.remove(name, force: options.force, running: running, platforms: platforms)
        }.value
        await publish(Self.news(image, removals, labels: labels))
        return removals.map { ImageDeleteItem($0) }
    }

    /// Ids of the containers that run now.
    func runningContainers() -> Set<String> { Set(containers.table.all().filter(\.state.isRunning).map(\.id)) }

    /// The events of a removal.
    ///
    /// - Parameter labels: of the images that may go with it, by id.
    static func news(_ image: Image, _ removals: [ImageRemoval], labels: [Digest: [String: String]]) -> [EngineEvent] {
        let id = image.id.description
        return removals.compactMap { removal in
            switch removal {
            case .untagged: .image("untag", id: id, name: id, labels: image.labels)
            case .deleted(let digest):
                labels[digest].map { .image("delete", id: digest.description, name: digest.description, labels: $0) }
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
