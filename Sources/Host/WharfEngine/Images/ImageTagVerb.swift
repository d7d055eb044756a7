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
        let (image, reference) = try await store.tag(name, as: tag.isEmpty ? repository : "\(repository):\(tag)")
        await publish([.image("tag", id: image.id.description, name: reference.familiar, labels: image.labels)])
    }

    /// Removes a name, or an image by its id.
    ///
    /// - Throws: `notFound`; `conflict` with Docker's texts while containers use it.
    public func remove(_ name: String, options: ImageRemoveOptions = ImageRemoveOptions()) async throws -> [ImageDeleteItem] {
        let image = try store.resolve(name)
        let running = Set(containers.table.all().filter(\.state.isRunning).map(\.id))
        let removals = try await Task { [store] in try await store.remove(name, force: options.force, running: running) }.value
        var news: [EngineEvent] = []
        for removal in removals {
            switch removal {
            case .untagged: news.append(.image("untag", id: image.id.description, name: image.id.description, labels: image.labels))
            case .deleted(let digest) where digest == image.id:
                news.append(.image("delete", id: image.id.description, name: image.id.description, labels: image.labels))
            case .deleted: break
            }
        }
        await publish(news)
        return removals.map { removal in
            switch removal {
            case .untagged(let name): ImageDeleteItem(deleted: "", untagged: name)
            case .deleted(let digest): ImageDeleteItem(deleted: digest.description, untagged: "")
            }
        }
    }
}
