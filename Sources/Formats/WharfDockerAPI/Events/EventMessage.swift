// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One line of the answer to `GET /events`.

public import WharfJSON

/// Something that happened to an object. The first three are repeated for clients up to API 1.51.
public struct EventMessage: Sendable, Equatable, Decodable, JSONWritable {
    /// The action, for containers and images.
    public var status: String?
    /// The actor's id.
    public var id: String?
    /// The image of a container.
    public var from: String?
    /// `container image network volume daemon`.
    public var type: String = ""
    /// `start`, `exec_start: sh`.
    public var action: String = ""
    public var actor: EventActor = EventActor()
    public var scope: String = "local"
    /// Seconds since 1970.
    public var time: Int64 = 0
    public var timeNano: Int64 = 0
    /// Wharf's own: where a reader goes on from later (`GET /events?cursor=`), also behind a restart of the daemon. Only for
    /// those who ask by one.
    public var cursor: Int64?

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case status
        case id
        case from
        case type = "Type"
        case action = "Action"
        case actor = "Actor"
        case scope
        case time
        case timeNano
        case cursor
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.optional("status", status)
            o.optional("id", id)
            o.optional("from", from)
            o.field("Type", type)
            o.field("Action", action)
            o.field("Actor", actor)
            o.nonEmpty("scope", scope)
            o.nonEmpty("time", time)
            o.nonEmpty("timeNano", timeNano)
            o.optional("cursor", cursor)
        }
    }
}
