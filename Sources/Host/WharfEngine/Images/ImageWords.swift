// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Docker's words about images turned into the store's, once: names from a repository and a tag, platforms, credentials.

import WharfDockerAPI
import WharfError
import WharfImages
import WharfOCI

extension Reference {
    /// The name that the parameters `repo` and `tag` say; nil for none. `tag` counts more than a tag in `repo`, and is
    /// `latest` where neither has one.
    ///
    /// - Throws: `invalidArgument` with Docker's texts.
    static func named(_ repository: String, tag: String) throws(WharfError) -> Reference? {
        guard !repository.isEmpty else { return nil }
        let reference = try written(repository)
        guard reference.digest == nil else { throw WharfError(.invalidArgument, "cannot import digest reference") }
        guard !tag.isEmpty else { return reference.withDefaultTag }
        guard let tagged = reference.with(tag: tag) else { throw WharfError(.invalidArgument, "invalid tag format") }
        return tagged
    }

    /// A name as somebody wrote it. - Throws: `invalidArgument` with Docker's text.
    static func written(_ text: String) throws(WharfError) -> Reference {
        do { return try parse(text) } catch { throw WharfError(.invalidArgument, error.description, cause: error) }
    }
}

extension Platform {
    init(_ platform: OCIPlatform) {
        self.init(
            os: platform.os, architecture: platform.architecture, variant: platform.variant, osVersion: platform.osVersion,
            osFeatures: platform.osFeatures ?? [])
    }

    /// Reads `linux/arm64`; nil for an empty text. - Throws: `invalidArgument`.
    static func written(_ text: String) throws(WharfError) -> Platform? {
        if text.isEmpty { return nil }
        guard let platform = Platform(text) else { throw WharfError(.invalidArgument, "invalid platform: \"\(text)\"") }
        return platform
    }
}

extension OCIPlatform {
    init(_ platform: Platform) {
        self.init()
        os = platform.os
        architecture = platform.architecture
        variant = platform.variant
        osVersion = platform.osVersion
        osFeatures = platform.osFeatures.isEmpty ? nil : platform.osFeatures
    }
}

extension OCIDescriptor {
    init(_ descriptor: ContentDescriptor, platform: Platform? = nil) {
        self.init()
        mediaType = descriptor.mediaType
        digest = descriptor.digest.description
        size = descriptor.size
        urls = descriptor.urls.isEmpty ? nil : descriptor.urls
        annotations = descriptor.annotations.isEmpty ? nil : descriptor.annotations
        artifactType = descriptor.artifactType ?? ""
        self.platform = (platform ?? descriptor.platform).map { OCIPlatform($0) }
    }
}

extension ImageCredentials {
    /// Nil for nobody.
    init?(_ auth: AuthConfig) {
        guard !auth.username.isEmpty || !auth.password.isEmpty || !auth.identityToken.isEmpty || !auth.registryToken.isEmpty else {
            return nil
        }
        self.init(
            username: auth.username, password: auth.password, identityToken: auth.identityToken, registryToken: auth.registryToken)
    }
}

extension Image {
    /// Its tags as people write them.
    var tags: [String] { references.filter { $0.tag != nil }.map(\.familiar) }

    /// Its digests in repositories as people write them.
    var digests: [String] { references.filter { $0.digest != nil }.map(\.familiar) }
}
