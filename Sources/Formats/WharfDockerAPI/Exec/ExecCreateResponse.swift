// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The answer to `POST /containers/{id}/exec`.

public import WharfJSON

/// The exec's id.
public struct ExecCreateResponse: Sendable, Equatable, Decodable, JSONWritable {
    public var id: String = ""

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(id: String) {
        self.id = id
    }

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("Id", id)
        }
    }
}
