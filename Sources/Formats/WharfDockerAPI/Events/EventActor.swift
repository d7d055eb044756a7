// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The object that an event is about.

public import WharfJSON

/// `Actor` of an event.
public struct EventActor: Sendable, Equatable, Decodable, JSONWritable {
    public var id: String = ""
    public var attributes: [String: String] = [:]

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(id: String, attributes: [String: String] = [:]) {
        self.id = id
        self.attributes = attributes
    }

    private enum CodingKeys: String, CodingKey {
        case id = "ID"
        case attributes = "Attributes"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("ID", id)
            o.field("Attributes", attributes)
        }
    }
}
