// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The answer to `POST /containers/create`.

public import WharfJSON

/// Id and warnings; no warnings are an empty list, never null.
public struct ContainerCreateResponse: Sendable, Equatable, Decodable, JSONWritable {
    public var id: String = ""
    public var warnings: [String] = []

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(id: String, warnings: [String] = []) {
        self.id = id
        self.warnings = warnings
    }

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case warnings = "Warnings"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("Id", id)
            o.field("Warnings", warnings)
        }
    }
}
