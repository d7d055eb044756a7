// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The body of every error reply.

public import WharfJSON

/// `{"message": …}`.
public struct ErrorResponse: Sendable, Equatable, Decodable, JSONWritable {
    public var message: String = ""

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(message: String) {
        self.message = message
    }

    private enum CodingKeys: String, CodingKey {
        case message
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("message", message)
        }
    }
}
