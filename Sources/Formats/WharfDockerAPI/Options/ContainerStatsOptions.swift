// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The query of `GET /containers/{id}/stats`.

/// How often to tell what a container uses.
public struct ContainerStatsOptions: Sendable, Equatable {
    /// A sample a second until the client leaves; else one.
    public var stream = true
    /// One sample at once, without the second that the one before it costs. Since API 1.41.
    public var oneShot = false

    public init(stream: Bool = true, oneShot: Bool = false) {
        self.stream = stream
        self.oneShot = oneShot
    }
}
