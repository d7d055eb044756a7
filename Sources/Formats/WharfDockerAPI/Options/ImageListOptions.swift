// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The query of `GET /images/json`.

/// Which images to list.
public struct ImageListOptions: Sendable, Equatable {
    /// Also those without a name that others are built on.
    public var all = false
    public var filters = Filters()
    /// Compute the shared size.
    public var sharedSize = false
    /// Include digests (they always are).
    public var digests = false
    /// Show each image's manifests.
    public var manifests = false

    /// The named ones.
    public init(
        all: Bool = false, filters: Filters = Filters(), sharedSize: Bool = false, digests: Bool = false, manifests: Bool = false
    ) {
        self.all = all
        self.filters = filters
        self.sharedSize = sharedSize
        self.digests = digests
        self.manifests = manifests
    }
}
