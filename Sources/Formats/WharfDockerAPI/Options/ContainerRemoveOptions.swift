// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The query of `DELETE /containers/{id}`.

/// What to remove, and whether to kill first.
public struct ContainerRemoveOptions: Sendable, Equatable {
    /// Kill a running container.
    public var force = false
    /// Also its anonymous volumes.
    public var volumes = false
    /// Remove a link, not the container.
    public var link = false

    /// A stopped container alone.
    public init(force: Bool = false, volumes: Bool = false, link: Bool = false) {
        self.force = force
        self.volumes = volumes
        self.link = link
    }
}
