// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// How far a transfer is.

public import WharfJSON

/// `progressDetail` of a progress line.
public struct ProgressDetail: Sendable, Equatable, Decodable, JSONWritable {
    public var current: Int64 = 0
    public var total: Int64 = 0
    public var units: String = ""

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(current: Int64, total: Int64 = 0, units: String = "") {
        self.current = current
        self.total = total
        self.units = units
    }

    private enum CodingKeys: String, CodingKey {
        case current
        case total
        case units
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.nonEmpty("current", current)
            o.nonEmpty("total", total)
            o.nonEmpty("units", units)
        }
    }
}
