// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The commit from which a tool below the daemon was built.

public import WharfJSON

/// `ContainerdCommit`, `RuncCommit` and `InitCommit` of the info answer.
public struct ToolCommit: Sendable, Equatable, Decodable, JSONWritable {
    public var id: String = ""
    /// Up to API 1.48.
    public var expected: String?

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(id: String, expected: String? = nil) {
        self.id = id
        self.expected = expected
    }

    private enum CodingKeys: String, CodingKey {
        case id = "ID"
        case expected = "Expected"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("ID", id)
            o.optional("Expected", expected)
        }
    }
}
