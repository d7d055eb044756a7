// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The query of `DELETE /images/{name}`.

/// How far to go when an image is removed.
public struct ImageRemoveOptions: Sendable, Equatable {
    /// Even when stopped containers use it or it has more names.
    public var force = false
    /// Keep unnamed parents.
    public var noPrune = false
    /// Only what is for one of these; empty: all of it. Since API 1.50.
    public var platforms: [OCIPlatform] = []

    /// Careful.
    public init(force: Bool = false, noPrune: Bool = false, platforms: [OCIPlatform] = []) {
        self.force = force
        self.noPrune = noPrune
        self.platforms = platforms
    }
}
