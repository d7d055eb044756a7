// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The answer to `POST /auth`.

public import WharfJSON

/// A login that a registry took.
public struct AuthResponse: Sendable, Equatable, Decodable, JSONWritable {
    /// `Login Succeeded`.
    public var status: String = ""
    /// A token to keep instead of the password; empty if the registry gave none.
    public var identityToken: String = ""

    /// All fields, in the order of the description.
    public init(status: String, identityToken: String = "") {
        self.status = status
        self.identityToken = identityToken
    }

    private enum CodingKeys: String, CodingKey {
        case status = "Status"
        case identityToken = "IdentityToken"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("IdentityToken", identityToken)
            o.field("Status", status)
        }
    }
}
