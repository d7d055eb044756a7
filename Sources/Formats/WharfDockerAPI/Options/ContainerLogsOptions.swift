// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The query of `GET /containers/{id}/logs`.

public import WharfJSON

/// Which log lines to send, and in what form.
public struct ContainerLogsOptions: Sendable, Equatable {
    public var stdout = false
    public var stderr = false
    /// Go on with new lines until the container stops.
    public var follow = false
    /// Each line begins with its time.
    public var timestamps = false
    /// Each line carries its extra attributes.
    public var details = false
    /// Lines at or after this time.
    public var since: Timestamp?
    /// Lines before or at this time.
    public var until: Timestamp?
    /// The last lines; nil is all of them.
    public var tail: Int?

    /// Nothing asked for.
    public init() {}
}
