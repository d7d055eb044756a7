// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// An error that the daemon told: its status and its words.

/// An answer with a status of 400 or above.
public struct DaemonError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The HTTP status.
    public let status: Int
    /// The daemon's message, unchanged.
    public let message: String

    /// An error as it was told.
    public init(status: Int, message: String) {
        self.status = status
        self.message = message
    }

    /// Whether the object is not there.
    public var isNotFound: Bool { status == 404 }

    /// As docker's client prints it.
    public var description: String { "Error response from daemon: \(message)" }
}
