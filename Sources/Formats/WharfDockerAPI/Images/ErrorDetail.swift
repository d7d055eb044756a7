// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The error that ended a progress stream.

public import WharfJSON

/// `errorDetail` of a progress line.
public struct ErrorDetail: Sendable, Equatable, Decodable, JSONWritable {
    public var code: Int = 0
    public var message: String = ""

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(code: Int, message: String = "") {
        self.code = code
        self.message = message
    }

    private enum CodingKeys: String, CodingKey {
        case code
        case message
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.nonEmpty("code", code)
            o.field("message", message)
        }
    }
}
