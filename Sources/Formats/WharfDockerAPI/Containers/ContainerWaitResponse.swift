// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The answer to `POST /containers/{id}/wait`.

public import WharfJSON

/// The exit code, and an error when waiting itself failed.
public struct ContainerWaitResponse: Sendable, Equatable, Decodable, JSONWritable {
    public var error: ContainerWaitError?
    public var statusCode: Int64 = 0

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(error: ContainerWaitError?, statusCode: Int64 = 0) {
        self.error = error
        self.statusCode = statusCode
    }

    private enum CodingKeys: String, CodingKey {
        case error = "Error"
        case statusCode = "StatusCode"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.optional("Error", error)
            o.field("StatusCode", statusCode)
        }
    }
}
