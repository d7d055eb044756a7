// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The `condition` of `POST /containers/{id}/wait`.

/// What to wait for (since API 1.30; before that always `not-running`).
public enum WaitCondition: String, Sendable, CaseIterable {
    /// Not running now, or at its next exit.
    case notRunning = "not-running"
    /// The next exit, also of a container that is yet to start.
    case nextExit = "next-exit"
    /// Gone.
    case removed
}
