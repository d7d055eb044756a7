// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The query and header of `GET /images/search`.

/// What to look for in a registry.
public struct ImageSearchOptions: Sendable, Equatable {
    /// With a registry in front, or Docker Hub.
    public var term = ""
    /// 0: the registry's default.
    public var limit = 0
    public var filters = Filters()
    public var auth = AuthConfig()

    /// The named ones.
    public init(term: String, limit: Int = 0, filters: Filters = Filters(), auth: AuthConfig = AuthConfig()) {
        self.term = term
        self.limit = limit
        self.filters = filters
        self.auth = auth
    }
}
