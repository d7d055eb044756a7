// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Why waiting for a container failed.

public import WharfJSON

/// `Error` of the wait answer.
public struct ContainerWaitError: Sendable, Equatable, Decodable, JSONWritable {
    public var message: String = ""

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(message: String) {
        self.message = message
    }

    private enum CodingKeys: String, CodingKey {
        case message = "Message"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.nonEmpty("Message", message)
        }
    }
}
