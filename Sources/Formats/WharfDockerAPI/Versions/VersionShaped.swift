// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// All differences between API versions in one place. The engine knows only the newest shape; a route shapes what
// it read for the version it was read in, and what it answers for the version it is asked in. Each rule names the
// version at which Docker changed (docs/api/version-history of moby).

/// A value whose meaning or form depends on the API version.
public protocol VersionShaped {
    /// Turns the newest shape into the one of `version` (answers), or a body of `version` into the newest
    /// meaning (requests).
    mutating func shape(for version: APIVersion)
}

extension VersionShaped {
    /// A copy in the shape of `version`.
    public func shaped(for version: APIVersion) -> Self {
        var copy = self
        copy.shape(for: version)
        return copy
    }
}

extension Array: VersionShaped where Element: VersionShaped {
    public mutating func shape(for version: APIVersion) {
        for index in indices { self[index].shape(for: version) }
    }
}
