// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A runtime that the daemon can use.

public import WharfJSON

/// `Runtimes[name]` of the info answer.
public struct RuntimeInfo: Sendable, Equatable, Decodable, JSONWritable {
    public var path: String = ""
    public var runtimeArgs: [String]?
    public var status: [String: String]?

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(path: String, runtimeArgs: [String]? = nil, status: [String: String]? = nil) {
        self.path = path
        self.runtimeArgs = runtimeArgs
        self.status = status
    }

    private enum CodingKeys: String, CodingKey {
        case path
        case runtimeArgs
        case status
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.nonEmpty("path", path)
            o.nonEmpty("runtimeArgs", runtimeArgs ?? [])
            o.nonEmpty("status", status ?? [:])
        }
    }
}
