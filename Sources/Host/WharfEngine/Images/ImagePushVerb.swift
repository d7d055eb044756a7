// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `POST /images/x/push`, told in the words that docker's client draws.

public import WharfDockerAPI
import WharfError
import WharfImages
import WharfOCI

extension Images {
    /// Sends an image, or all tags of its repository, to the registry that its name says.
    ///
    /// - Parameter write: gets Docker's messages in their order, at the client's pace; when it throws the push is cancelled.
    /// - Throws: `notFound` for a name that means nothing here, before anything is written; what the registry said.
    public func push(
        _ name: String, _ options: ImagePushOptions, write: @escaping @Sendable (ProgressMessage) async throws -> Void
    ) async throws {
        var reference = try Reference.written(name)
        guard reference.digest == nil else { throw WharfError(.invalidArgument, "cannot push a digest reference") }
        if !options.tag.isEmpty {
            guard let tagged = reference.with(tag: options.tag) else { throw WharfError(.invalidArgument, "invalid tag format") }
            reference = tagged
        }
        let target = reference
        if let tag = target.tag {
            _ = try localImage(target, shown: "\(target.familiarName):\(tag)")
            _ = try store.resolve(target.description, platform: options.platform.map { Platform($0) })
        } else if !store.list().contains(where: { $0.references.contains { $0.name == target.name && $0.tag != nil } }) {
            throw Self.notHere(target.familiarName)
        }
        let wishes = PushOptions(
            allTags: target.isNameOnly, platform: options.platform.map { Platform($0) }, credentials: ImageCredentials(options.auth))
        let pushed = try await ProgressQueue.following(write) { [store] tell in
            try await store.push(target, options: wishes) { progress in
                for message in ProgressMessage.messages(progress) { tell(message) }
            }
        }
        await publish(
            pushed.map { image in
                // Gone again already: then without its labels.
                let labels = (try? store.resolve(image.reference.familiar))?.labels ?? [:]
                return .image("push", id: image.reference.familiar, name: image.reference.familiarName, labels: labels)
            })
    }

    private func localImage(_ reference: Reference, shown: String) throws(WharfError) -> Image {
        do { return try store.resolve(reference.description) } catch {
            guard error.code == .notFound else { throw error }
            throw Self.notHere(shown)
        }
    }

    private static func notHere(_ name: String) -> WharfError {
        WharfError(.notFound, "An image does not exist locally with the tag: \(name)")
    }
}

extension ProgressMessage {
    /// Docker's words for a push; a tag's end is told twice, for people and for programs.
    static func messages(_ progress: PushProgress) -> [ProgressMessage] {
        switch progress {
        case .repository(let name): return [ProgressMessage(status: "The push refers to repository [\(name)]")]
        case .layer(let id, let state): return [ProgressMessage(layer: id, state)]
        case .pushed(let image):
            var result = ProgressMessage()
            result.progressDetail = ProgressDetail()
            result.aux = PushResult(tag: image.tag, digest: image.digest.description, size: image.size).value
            return [ProgressMessage(status: "\(image.tag): digest: \(image.digest) size: \(image.size)"), result]
        case .insteadOfIndex(let index, let selected):
            var result = ProgressMessage()
            result.aux = PushedInsteadOfIndex(original: OCIDescriptor(index), selected: OCIDescriptor(selected)).value
            return [result]
        }
    }

    private init(layer id: String, _ state: PushedLayerState) {
        switch state {
        case .preparing: self.init(layer: id, "Preparing")
        case .waiting: self.init(layer: id, "Waiting")
        case .alreadyExists: self.init(layer: id, "Layer already exists")
        case .pushing(let current, let total):
            self.init(layer: id, "Pushing", detail: ProgressDetail(current: current, total: total))
        case .mounted(let repository): self.init(layer: id, "Mounted from \(repository)")
        case .pushed: self.init(layer: id, "Pushed")
        }
    }
}
