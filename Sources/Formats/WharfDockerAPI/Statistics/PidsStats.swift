// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// How many processes and threads a container has.

public import WharfJSON

/// Processes and threads.
public struct PidsStats: Sendable, Equatable, Decodable, JSONWritable {
    public var current: UInt64?
    /// nil: no limit.
    public var limit: UInt64?

    /// Nothing counted.
    public init(current: UInt64? = nil, limit: UInt64? = nil) {
        self.current = current
        self.limit = limit
    }

    /// Docker's keys.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.optional("current", current)
            o.optional("limit", limit)
        }
    }

    private enum CodingKeys: String, CodingKey { case current, limit }
}
