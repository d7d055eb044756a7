// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `POST /images/create?fromImage=x`: a pull, told in the words that docker's client draws.

import Synchronization
public import WharfDockerAPI
import WharfError
import WharfImages
import WharfOCI

extension Images {
    /// Brings an image, or all tags of a repository, here from its registry.
    ///
    /// - Parameter write: gets Docker's messages in their order, at the client's pace; when it throws the pull is cancelled.
    /// - Throws: what the registry said, with Docker's texts. Nothing was written then, or the error belongs behind what was.
    public func pull(
        _ options: ImagePullOptions, write: @escaping @Sendable (ProgressMessage) async throws -> Void
    ) async throws {
        let reference = try Self.pulled(options)
        guard !(reference.domain == Reference.defaultDomain && reference.path == "library/scratch") else {
            throw WharfError(.forbidden, "'scratch' is a reserved name")
        }
        let wishes = PullOptions(
            platform: try Platform.written(options.platform), allTags: reference.isNameOnly, credentials: ImageCredentials(options.auth))
        let pulled: [PulledImage]
        do {
            pulled = try await ProgressQueue.following(write) { [store] tell in
                // That a name is asked for is told with the first news of it: until then the registry may refuse with a status.
                let held = Mutex<[ProgressMessage]>([])
                return try await store.pull(reference, options: wishes) { progress in
                    held.withLock { held in
                        held.append(ProgressMessage(progress))
                        if case .pulling = progress { return }
                        held.forEach(tell)
                        held = []
                    }
                }
            }
        } catch let error as WharfError where error.code == .unauthorized {
            // As in Docker: at a 401 docker's client would ask its user for a password, scripts too, and wait.
            throw WharfError(.notFound, error.message, cause: error)
        }
        await publish(
            pulled.map { image in
                .image(
                    "pull", id: image.reference.familiar, name: image.reference.familiarName, labels: labels(of: image.id))
            })
    }

    /// The name to pull: `tag` may be a digest, and counts more than what the name says. Without either all tags are meant.
    static func pulled(_ options: ImagePullOptions) throws(WharfError) -> Reference {
        // Old clients end a name with a colon for all tags.
        let isOld = options.name.utf8.last == UInt8(ascii: ":")
        let reference = try Reference.written(isOld ? String(options.name.dropLast()) : options.name)
        guard !options.tag.isEmpty else { return reference }
        if let digest = Digest(options.tag) { return reference.with(digest: digest) }
        guard let tagged = reference.with(tag: options.tag) else { throw WharfError(.invalidArgument, "invalid tag format") }
        return tagged
    }

    /// The labels that events about an image carry.
    func labels(of image: Digest) -> [String: String] {
        // Gone again already: then without.
        (try? store.resolve(image.description))?.labels ?? [:]
    }
}

extension ProgressMessage {
    /// Docker's words for a pull.
    init(_ progress: PullProgress) {
        switch progress {
        case .pulling(let tag, let repository): self.init(status: "Pulling from \(repository)", id: tag)
        case .layer(let id, let state): self.init(layer: id, state)
        case .digest(let digest): self.init(status: "Digest: \(digest)")
        case .warning(let text): self.init(status: text)
        case .finished(let reference, let isNewer):
            self.init(status: "Status: \(isNewer ? "Downloaded newer image" : "Image is up to date") for \(reference.familiar)")
        }
    }

    private init(layer id: String, _ state: LayerState) {
        switch state {
        case .pullingFSLayer: self.init(layer: id, "Pulling fs layer")
        case .waiting: self.init(layer: id, "Waiting")
        case .alreadyExists: self.init(layer: id, "Already exists")
        case .downloading(let current, let total):
            self.init(layer: id, "Downloading", detail: ProgressDetail(current: current, total: total))
        case .retrying(let seconds): self.init(layer: id, "Retrying in \(seconds) second\(seconds == 1 ? "" : "s")")
        case .verifying: self.init(layer: id, "Verifying Checksum")
        case .downloadComplete: self.init(layer: id, "Download complete")
        case .extracting(let current, let total):
            self.init(layer: id, "Extracting", detail: ProgressDetail(current: current, total: total))
        case .pullComplete: self.init(layer: id, "Pull complete")
        }
    }
}
