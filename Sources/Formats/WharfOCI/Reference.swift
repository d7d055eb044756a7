// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The name of an image as people and Docker write it. Every command that takes an image passes through here, so the
// grammar works on bytes and the messages are Docker's.

/// A repository with an optional tag and digest, in full form: `docker.io/library/busybox:latest`.
///
/// The grammar is that of the distribution project's reference package, with Docker's defaults for the domain
/// (`docker.io`), the `library/` prefix and, where asked for, the tag (`latest`).
public struct Reference: Sendable, Hashable, CustomStringConvertible {
    /// A registry: `docker.io`, `localhost:5000`, `[::1]:5000`.
    public let domain: String
    /// The repository below it: `library/busybox`.
    public let path: String
    public let tag: String?
    public let digest: Digest?

    init(domain: String, path: String, tag: String?, digest: Digest?) {
        self.domain = domain
        self.path = path
        self.tag = tag
        self.digest = digest
    }

    /// The domain that names without one get.
    public static let defaultDomain = "docker.io"
    /// The repository prefix of official images, which nobody writes.
    static let officialPrefix = "library/"
    /// The longest repository name, domain included.
    static let nameLimit = 255

    /// `docker.io/library/busybox`.
    public var name: String { "\(domain)/\(path)" }

    /// What `docker images` shows in its first column: `busybox`, `user/app`, `localhost:5000/app`.
    public var familiarName: String {
        guard domain == Self.defaultDomain else { return name }
        let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        if parts.count == 2, parts[0].elementsEqual("library".utf8) {
            return String(path.dropFirst(Self.officialPrefix.utf8.count))
        }
        return path
    }

    /// `busybox:1.36`, `busybox@sha256:…`.
    public var familiar: String { familiarName + suffix }

    /// `docker.io/library/busybox:1.36@sha256:…`.
    public var description: String { name + suffix }

    private var suffix: String {
        (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "")
    }

    /// Neither a tag nor a digest.
    public var isNameOnly: Bool { tag == nil && digest == nil }

    /// With `latest` where neither a tag nor a digest stands.
    public var withDefaultTag: Reference {
        isNameOnly ? Reference(domain: domain, path: path, tag: "latest", digest: nil) : self
    }

    /// The same repository with a tag and no digest; nil if the tag is malformed.
    public func with(tag: String) -> Reference? {
        ReferenceGrammar.isTag(Array(tag.utf8)[...])
            ? Reference(domain: domain, path: path, tag: tag, digest: nil) : nil
    }

    /// The same repository with a digest and no tag.
    public func with(digest: Digest) -> Reference {
        Reference(domain: domain, path: path, tag: nil, digest: digest)
    }

    /// The repository alone.
    public var withoutSuffix: Reference {
        Reference(domain: domain, path: path, tag: nil, digest: nil)
    }
}

/// Why a name was refused; the texts are Docker's.
public struct ReferenceError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }

    static let format = ReferenceError("invalid reference format")
    static let empty = ReferenceError("repository name must have at least one component")
    static let uppercase = ReferenceError("repository name must be lowercase")
    static let nameTooLong = ReferenceError(
        "repository name must not be more than \(Reference.nameLimit) characters")
}
