// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The query and header of `POST /images/create` when it pulls.

/// What to pull.
public struct ImagePullOptions: Sendable, Equatable {
    /// As the client wrote it, perhaps with tag or digest.
    public var name = ""
    /// A tag or digest, which counts more than the name's; empty with a name that has none: all tags.
    public var tag = ""
    /// `linux/arm64`; empty: the host's.
    public var platform = ""
    public var auth = AuthConfig()

    /// The named ones.
    public init(name: String, tag: String = "", platform: String = "", auth: AuthConfig = AuthConfig()) {
        self.name = name
        self.tag = tag
        self.platform = platform
        self.auth = auth
    }
}
