// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The query and body of `POST /commit`.

/// How to make an image of a container.
public struct ImageCommitOptions: Sendable, Equatable {
    /// Name or id.
    public var container = ""
    public var repository = ""
    /// `latest` when empty.
    public var tag = ""
    public var comment = ""
    public var author = ""
    /// Freeze it meanwhile.
    public var pause = true
    /// Dockerfile instructions, one or more in each.
    public var changes: [String] = []
    /// Instead of the container's own; what it leaves out comes from there.
    public var config: ContainerConfig?

    /// The container's name or id; everything else at its default.
    public init(container: String) { self.container = container }
}
