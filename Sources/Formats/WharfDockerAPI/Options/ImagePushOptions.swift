// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The query and header of `POST /images/{name}/push`.

/// What to push.
public struct ImagePushOptions: Sendable, Equatable {
    /// Counts more than the name's; empty with a name that has none: all tags.
    public var tag = ""
    /// Since API 1.46.
    public var platform: OCIPlatform?
    public var auth = AuthConfig()

    /// The named ones.
    public init(tag: String = "", platform: OCIPlatform? = nil, auth: AuthConfig = AuthConfig()) {
        self.tag = tag
        self.platform = platform
        self.auth = auth
    }
}
