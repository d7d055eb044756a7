// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The answer to `GET /containers/{id}/top`.

public import WharfJSON

/// The table that ps printed.
public struct ContainerTopResponse: Sendable, Equatable, Decodable, JSONWritable {
    /// ps's column titles.
    public var titles: [String]
    /// A line for each process, with as many columns as there are titles.
    public var processes: [[String]]

    /// All fields, in the order of the description.
    public init(titles: [String] = [], processes: [[String]] = []) {
        self.titles = titles
        self.processes = processes
    }

    private enum CodingKeys: String, CodingKey {
        case titles = "Titles"
        case processes = "Processes"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("Processes", processes)
            o.field("Titles", titles)
        }
    }
}
