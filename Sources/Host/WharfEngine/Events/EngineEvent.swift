// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One piece of news in the engine's own form, as it is kept in the events table:
//
//     {"type":"container","action":"die","id":"…","attributes":{"exitCode":"3",…},"time":"…"}

import WharfDockerAPI
import WharfJSON

/// An event.
struct EngineEvent: Sendable, Equatable {
    /// container, image, network, volume, daemon, builder.
    var type: String
    var action: String
    /// The object's id, for images also a name.
    var id: String
    var attributes: [String: String]
    var time: Timestamp

    init(type: String, action: String, id: String, attributes: [String: String] = [:], time: Timestamp = .now()) {
        self.type = type
        self.action = action
        self.id = id
        self.attributes = attributes
        self.time = time
    }

    /// About a container: its labels, image and name go along, as in Docker.
    static func container(_ record: ContainerRecord, _ action: String, _ attributes: [String: String] = [:]) -> EngineEvent {
        var all = record.config.labels ?? [:]
        all["image"] = record.config.image
        all["name"] = record.name
        all.merge(attributes) { $1 }
        return EngineEvent(type: "container", action: action, id: record.id, attributes: all)
    }

    /// About an image.
    static func image(_ action: String, id: String, name: String, labels: [String: String] = [:]) -> EngineEvent {
        var all = labels
        all["name"] = name
        return EngineEvent(type: "image", action: action, id: id, attributes: all)
    }
}

extension EngineEvent: JSONWritable, Decodable {
    private enum CodingKeys: String, CodingKey { case type, action, id, attributes, time }

    func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("type", type)
            o.field("action", action)
            o.field("id", id)
            o.field("attributes", attributes)
            o.field("time", time)
        }
    }
}
