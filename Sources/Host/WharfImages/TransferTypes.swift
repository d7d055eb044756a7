// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What callers say and hear when images travel between this host and a registry: options, news and results of pull and push.

public import WharfOCI

/// Who asks a registry; each field may be empty. Never logged.
public struct ImageCredentials: Sendable, Equatable {
    public var username: String
    public var password: String
    /// A refresh token that stands in for the password.
    public var identityToken: String
    /// A bearer token that is sent as it is.
    public var registryToken: String

    public init(username: String = "", password: String = "", identityToken: String = "", registryToken: String = "") {
        self.username = username
        self.password = password
        self.identityToken = identityToken
        self.registryToken = registryToken
    }
}

/// Says nothing: secrets must not reach a log by interpolation.
extension ImageCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { self == ImageCredentials() ? "no credentials" : "credentials" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// How `pull` chooses.
public struct PullOptions: Sendable {
    /// What the image must run on; this host if nil.
    public var platform: Platform?
    /// Every tag of the repository; the reference then names neither tag nor digest.
    public var allTags: Bool
    public var credentials: ImageCredentials?

    public init(platform: Platform? = nil, allTags: Bool = false, credentials: ImageCredentials? = nil) {
        self.platform = platform
        self.allTags = allTags
        self.credentials = credentials
    }
}

/// News of a running `pull`, in order for each layer.
public enum PullProgress: Sendable, Equatable {
    /// A tag or digest was asked for. `from` is the repository's path without its registry: `library/busybox`.
    case pulling(tag: String, from: String)
    /// `id` is the first twelve digits of the layer's blob.
    case layer(id: String, LayerState)
    /// What the name meant in the registry.
    case digest(Digest)
    /// Something to tell that does not stop the pull.
    case warning(String)
    /// The last word of one name: `isNewer` if it means another image now than it did.
    case finished(Reference, isNewer: Bool)
}

/// What happens to one layer of a pull. Sizes are bytes of its blob.
public enum LayerState: Sendable, Equatable {
    case pullingFSLayer
    /// Others are downloaded first.
    case waiting
    case alreadyExists
    case downloading(current: Int64, total: Int64)
    /// The connection broke; it is tried again.
    case retrying(seconds: Int)
    case verifying
    case downloadComplete
    case extracting(current: Int64, total: Int64)
    case pullComplete
}

/// An image that came from a registry.
public struct PulledImage: Sendable, Equatable {
    public let id: Digest
    /// The name it was asked for by.
    public let reference: Reference
    /// What the name meant in the registry: a manifest or an index.
    public let digest: Digest
    /// Whether the name meant another image here before, or nothing.
    public let isNewer: Bool
}

/// How `push` chooses.
public struct PushOptions: Sendable {
    /// Every tag that the repository has here.
    public var allTags: Bool
    /// The one to send of several; nil sends all, with their index.
    public var platform: Platform?
    public var credentials: ImageCredentials?

    public init(allTags: Bool = false, platform: Platform? = nil, credentials: ImageCredentials? = nil) {
        self.allTags = allTags
        self.platform = platform
        self.credentials = credentials
    }
}

/// News of a running `push`.
public enum PushProgress: Sendable, Equatable {
    /// The repository in full: `docker.io/library/busybox`.
    case repository(String)
    /// `id` is the first twelve digits of the layer's diffID.
    case layer(id: String, PushedLayerState)
    case pushed(PushedImage)
    /// Not all that an index names is here: one image went in its place.
    case insteadOfIndex(ContentDescriptor, selected: ContentDescriptor)
}

/// What happens to one layer of a push. Sizes are bytes of its blob.
public enum PushedLayerState: Sendable, Equatable {
    case preparing
    case waiting
    case alreadyExists
    /// `total` is 0 while it is not known.
    case pushing(current: Int64, total: Int64)
    /// The registry took it from another of its repositories.
    case mounted(from: String)
    case pushed
}

/// A name that a registry has now.
public struct PushedImage: Sendable, Equatable {
    /// The tag; for a push by digest its text.
    public let tag: String
    public let reference: Reference
    /// The manifest's.
    public let digest: Digest
    /// Bytes of the manifest.
    public let size: Int64
}

/// What a name means in its registry, without pulling it.
public struct RemoteImage: Sendable, Equatable {
    public let descriptor: ContentDescriptor
    public let platforms: [Platform]
}

/// A repository that a search found.
public struct FoundRepository: Sendable, Equatable {
    public let name: String
    public let summary: String
    public let stars: Int
    public let isOfficial: Bool
    public let isAutomated: Bool
}

/// What a registry said to a login.
public struct LoginAnswer: Sendable, Equatable {
    /// `Login Succeeded`.
    public let status: String
    /// A token to keep instead of the password; empty if it gave none.
    public let identityToken: String
}
