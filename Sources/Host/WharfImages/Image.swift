// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the images noun tells its callers: own values, which the engine turns into Docker's.

public import WharfJSON
public import WharfOCI

/// An image as lists show it.
public struct Image: Sendable, Equatable {
    /// The digest of its config: `docker images` shows this.
    public let id: Digest
    /// Its names, sorted: tags and, after a pull, digests.
    public let references: [Reference]
    /// When the image was made; `Timestamp.zero` if it does not say.
    public let created: Timestamp
    /// When it came here, or last got a name.
    public let tagged: Timestamp
    /// Bytes of the files in all its layers.
    public let size: Int64
    public let labels: [String: String]
    public let platform: Platform
    /// Its manifest, as loaded or pulled, or as written here for archives without one.
    public let manifest: ContentDescriptor
    /// From the bottom up, by chainID.
    public let layers: [ImageLayer]
    /// What its name means, where that is an index.
    public let index: ContentDescriptor?
    /// Its names mean an index and, where no platform is named, another image of that.
    public let isVariant: Bool
}

/// One layer of an image.
public struct ImageLayer: Sendable, Hashable {
    /// Names the layer with everything below it (OCI image spec, config.md, "Layer ChainID").
    public let chainID: Digest
    /// The hash of its uncompressed tar.
    public let diffID: Digest
    /// Bytes of its files.
    public let size: Int64
}

/// An image with its configuration document.
public struct ImageDetails: Sendable {
    public let image: Image
    public let config: ImageConfig
}

/// What `load` and `import` did.
public struct LoadedImage: Sendable, Equatable {
    public let id: Digest
    /// The names that it got; empty for an image without.
    public let references: [Reference]
}

/// News of a running `load` or `import`.
public enum ImageProgress: Sendable, Equatable {
    /// Bytes of a layer's blob that were unpacked. `id` is the diffID's first twelve digits.
    case layer(id: String, current: Int64, total: Int64)
    /// A name now means another image than it did.
    case renamed(Reference, from: Digest)
    case loaded(LoadedImage)
}

/// What `remove` did, in order.
public enum ImageRemoval: Sendable, Equatable {
    /// A name, in familiar form.
    case untagged(String)
    /// An image's id or a layer's chainID.
    case deleted(Digest)
}

/// How `importTar` makes an image of a root file system.
public struct ImageImportOptions: Sendable {
    /// The name it gets.
    public var reference: Reference?
    /// Dockerfile instructions for the config: `CMD ["sh"]`, `ENV A=b`.
    public var changes: [String]
    /// The remark in its history; empty for Docker's default.
    public var message: String
    /// What the archive came from, for the history: `-` or a URL.
    public var source: String
    /// What the files run on; this host if nil.
    public var platform: Platform?

    public init(reference: Reference? = nil, changes: [String] = [], message: String = "", source: String = "-", platform: Platform? = nil)
    {
        self.reference = reference
        self.changes = changes
        self.message = message
        self.source = source
        self.platform = platform
    }
}
