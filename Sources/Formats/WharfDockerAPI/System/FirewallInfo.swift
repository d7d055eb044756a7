// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// How the daemon filters and translates packets.

public import WharfJSON

/// `FirewallBackend` of the info answer.
public struct FirewallInfo: Sendable, Equatable, Decodable, JSONWritable {
    public var driver: String = ""
    public var info: [[String]]?

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(driver: String, info: [[String]]? = nil) {
        self.driver = driver
        self.info = info
    }

    private enum CodingKeys: String, CodingKey {
        case driver = "Driver"
        case info = "Info"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("Driver", driver)
            o.nonEmpty("Info", info ?? [])
        }
    }
}
