// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The answer to `POST /containers/{id}/update`.

public import WharfJSON

/// What was asked for and left out; without warnings the list is null, as in Docker.
public struct ContainerUpdateResponse: Sendable, Equatable, Decodable, JSONWritable {
    public var warnings: [String]?

    /// All fields, in the order of the description.
    public init(warnings: [String]? = nil) { self.warnings = warnings }

    private enum CodingKeys: String, CodingKey {
        case warnings = "Warnings"
    }

    /// Docker's key.
    public func write(to json: inout JSONWriter) {
        json.object { $0.field("Warnings", warnings) }
    }
}
