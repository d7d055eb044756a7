// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The answer of verbs that make something and tell its id: commit.

public import WharfJSON

/// An id and nothing else.
public struct IDResponse: Sendable, Equatable, Decodable, JSONWritable {
    public var id: String = ""

    /// All fields, in the order of the description.
    public init(id: String) { self.id = id }

    private enum CodingKeys: String, CodingKey { case id = "Id" }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { $0.field("Id", id) }
    }
}
