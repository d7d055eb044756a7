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
    var journal: Journal { containers.journal }

    public init(_ store: ImageStore, containers: Containers) {
        self.store = store
        self.containers = containers
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
