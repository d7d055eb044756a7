// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The query of `POST /containers/{id}/stop` and `/restart`.

/// How to stop.
public struct ContainerStopOptions: Sendable, Equatable {
    /// Name or number; empty: the container's stop signal.
    public var signal = ""
    /// Seconds until the kill: nil is the container's own, -1 never, 0 at once.
    public var timeoutSeconds: Int?

    /// The container's own way.
    public init(signal: String = "", timeoutSeconds: Int? = nil) {
        self.signal = signal
        self.timeoutSeconds = timeoutSeconds
    }
}
