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

    /// Careful.
    public init(force: Bool = false, noPrune: Bool = false) {
        self.force = force
        self.noPrune = noPrune
    }
}
