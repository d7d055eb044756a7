// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One repository in the answer to `GET /images/search`.

public import WharfJSON

/// A repository that a search found.
public struct ImageSearchResult: Sendable, Equatable, Decodable, JSONWritable {
    public var starCount: Int = 0
    public var isOfficial: Bool = false
    public var name: String = ""
    /// Registries stopped telling; always false since Docker 25.
    public var isAutomated: Bool = false
    public var description: String = ""

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case starCount = "star_count"
        case isOfficial = "is_official"
        case name
        case isAutomated = "is_automated"
        case description
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("star_count", starCount)
            o.field("is_official", isOfficial)
            o.field("name", name)
            o.field("is_automated", isAutomated)
            o.field("description", description)
        }
    }
}
