// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What callers say and hear about images on this host's disk: pruning, sizes, making one of a container's changes.

public import WharfJSON
public import WharfOCI

/// Which images `prune` takes. Those that a container uses, running or not, always stay.
public struct PruneOptions: Sendable {
    /// Images without a tag only; otherwise also tagged ones.
    public var danglingOnly: Bool
    /// Only those made before.
    public var until: Timestamp?
    /// The caller's own filter, by labels.
    public var includes: @Sendable (Image) -> Bool

    public init(danglingOnly: Bool = true, until: Timestamp? = nil, includes: @escaping @Sendable (Image) -> Bool = { _ in true }) {
        self.danglingOnly = danglingOnly
        self.until = until
        self.includes = includes
    }
}

/// What `prune` did.
public struct PruneResult: Sendable, Equatable {
    public var removals: [PrunedImage] = []
    /// Bytes of the layers that went, and of unfinished downloads.
    public var reclaimed: Int64 = 0
}

/// One image of a prune.
public struct PrunedImage: Sendable, Equatable {
    public let image: Image
    public let removals: [ImageRemoval]
}

/// What images take on the disk. All sizes are bytes of files in layers.
public struct ImageUsage: Sendable, Equatable {
    /// For each image: what it shares with others, and what only it has.
    public struct Item: Sendable, Equatable {
        public let image: Image
        public let shared: Int64
        public let unique: Int64
        /// Ids of the containers that use it.
        public let containers: [String]
    }
    public var items: [Item] = []
    /// All layers, each once.
    public var layers: Int64 = 0
    /// What would be free without the images that no container uses.
    public var reclaimable: Int64 = 0
    /// Unfinished downloads.
    public var downloads: Int64 = 0
}

/// How `commit` makes an image of a container's changes.
public struct CommitOptions: Sendable {
    /// The name it gets.
    public var reference: Reference?
    /// The new image's defaults before `changes`.
    public var defaults: ContainerDefaults
    /// Dockerfile instructions.
    public var changes: [String]
    public var author: String
    public var comment: String
    /// The container's id and command line, for the history.
    public var container: String
    public var createdBy: String

    public init(
        reference: Reference? = nil, defaults: ContainerDefaults, changes: [String] = [], author: String = "", comment: String = "",
        container: String, createdBy: String = ""
    ) {
        self.reference = reference
        self.defaults = defaults
        self.changes = changes
        self.author = author
        self.comment = comment
        self.container = container
        self.createdBy = createdBy
    }
}
