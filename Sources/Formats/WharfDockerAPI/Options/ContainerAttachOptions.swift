// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The query of `POST /containers/{id}/attach`.

/// Which streams to join.
public struct ContainerAttachOptions: Sendable, Equatable {
    public var stdin = false
    public var stdout = false
    public var stderr = false
    /// Attach live; without it only `logs` are sent.
    public var stream = false
    /// Send what was logged so far first.
    public var logs = false
    /// `ctrl-p,ctrl-q`; empty: the daemon's default.
    public var detachKeys = ""

    /// Output without headers that name its stream, terminal or not: a websocket has frames of its own.
    public var isRaw = false

    /// Nothing asked for.
    public init() {}
}
