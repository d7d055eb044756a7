// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The noun `system`: info, version and ping. Facts of the host were read at start; counts come from the view.

import WharfBlocking
import WharfJSON
public import WharfMetadata

/// What the daemon says of itself.
public struct HostSystem: Sendable {
    /// The daemon, as far as others see it.
    public struct Identity: Sendable {
        /// Stable over restarts.
        public var id: String
        /// The product's version.
        public var version: String
        public var commit: String
        /// RFC 3339, or empty.
        public var buildTime: String
        /// The root directory's path.
        public var root: String
        /// The runtime program's path.
        public var runtimePath: String

        public init(id: String, version: String, commit: String, buildTime: String, root: String, runtimePath: String) {
            self.id = id
            self.version = version
            self.commit = commit
            self.buildTime = buildTime
            self.root = root
            self.runtimePath = runtimePath
        }
    }

    let identity: Identity
    let containers: Containers
    let images: Images
    let events: Events
    let store: MetadataStore
    /// What went wrong at start and people should know: an older database was opened, a row was set aside.
    let warnings: [String]

    public init(
        identity: Identity, containers: Containers, images: Images, events: Events, store: MetadataStore, warnings: [String] = []
    ) {
        self.identity = identity
        self.containers = containers
        self.images = images
        self.events = events
        self.store = store
        self.warnings = warnings
    }

    /// The newest API version that is spoken, and the oldest.
    public static let apiVersion = "1.56"
    public static let minimumAPIVersion = "1.24"
}
