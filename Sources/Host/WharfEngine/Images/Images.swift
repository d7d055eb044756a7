// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The noun `images`: Docker's words in front of the image store, which knows none of them. Each verb in its file.

import Logging
import WharfBlocking
import WharfError
public import WharfImages
import WharfOCI

/// Images: list, inspect, history, tag, remove, prune, pull, push, load, save, import, commit; and what is asked of registries.
public struct Images: Sendable {
    let store: ImageStore
    let containers: Containers
    let openURL: OpenURL
    var journal: Journal { containers.journal }

    /// Bytes that come from somewhere else, read once.
    public typealias RemoteBody = any (AsyncSequence<[UInt8], any Error> & Sendable)
    /// Opens what a URL points at. Throws `invalidArgument` for what is no URL, and what the server said.
    public typealias OpenURL = @Sendable (_ url: String) async throws -> RemoteBody

    /// - Parameter openURL: for imports; HTTP is not the engine's.
    public init(_ store: ImageStore, containers: Containers, openURL: @escaping OpenURL) {
        self.store = store
        self.containers = containers
        self.openURL = openURL
    }

    /// How many there are, for info.
    func count() -> Int { store.list().count }

    /// The driver's name as containers show it.
    var driver: String { containers.images.driver }

    /// Tells of something that happened to an image.
    func publish(_ news: [EngineEvent]) async {
        guard !news.isEmpty else { return }
        do {
            try await journal.write(durable: false, news: news) { _ in }
        } catch {
            containers.log.error("an event could not be written", metadata: ["error": "\(error)"])
        }
    }
}
