// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Credentials for a registry as clients send them: the body of `POST /auth`, and, in base64, the header X-Registry-Auth of
// pull, push, search and distribution.

public import WharfError
public import WharfJSON

/// Who somebody is to a registry. Says nothing when it is printed.
public struct AuthConfig: Sendable, Equatable, Decodable, JSONWritable {
    public var username: String = ""
    public var password: String = ""
    /// Unused by daemons, but sent by old clients.
    public var email: String = ""
    /// A domain, or Docker Hub's `https://index.docker.io/v1/`.
    public var serverAddress: String = ""
    /// A refresh token that stands in for the password.
    public var identityToken: String = ""
    /// A bearer token that is sent as it is.
    public var registryToken: String = ""

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case username
        case password
        case email
        case serverAddress = "serveraddress"
        case identityToken = "identitytoken"
        case registryToken = "registrytoken"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.nonEmpty("username", username)
            o.nonEmpty("password", password)
            o.nonEmpty("email", email)
            o.nonEmpty("serveraddress", serverAddress)
            o.nonEmpty("identitytoken", identityToken)
            o.nonEmpty("registrytoken", registryToken)
        }
    }
}

extension AuthConfig: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Not the secrets.
    public var description: String { "credentials of \(serverAddress.isEmpty ? "a registry" : serverAddress)" }
    /// As `description`.
    public var debugDescription: String { description }
    /// Nothing, for `dump` and for failures of tests.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension AuthConfig {
    /// Reads the header X-Registry-Auth: base64 of a JSON object, in the alphabet for URLs or the common one, with padding or
    /// without. Absent, empty, `null` and `{}` are nobody.
    ///
    /// Throws `invalidArgument` with what is wrong, but never with what was sent.
    public static func header(_ text: String?) throws(WharfError) -> AuthConfig {
        try decode(text, AuthConfig.self, name: "X-Registry-Auth") ?? AuthConfig()
    }

    /// Reads the header X-Registry-Config of a build: a map from registries to credentials.
    public static func configHeader(_ text: String?) throws(WharfError) -> [String: AuthConfig] {
        try decode(text, [String: AuthConfig].self, name: "X-Registry-Config") ?? [:]
    }

    /// The header's text.
    public var header: String { Base64Bytes(JSON.encode(self)).urlText }

    private static func decode<Value: Decodable>(_ text: String?, _ type: Value.Type, name: String) throws(WharfError) -> Value? {
        guard let text, !text.isEmpty else { return nil }
        guard let bytes = Base64Bytes(lenient: text)?.bytes else {
            throw WharfError(.invalidArgument, "invalid \(name) header: illegal base64 data")
        }
        do {
            let value = try JSON.parse(bytes)
            if value == .null { return nil }
            guard value.object != nil else { throw WharfError(.invalidArgument, "invalid \(name) header: not a JSON object") }
            return try JSON.decode(type, from: value, keys: .caseInsensitive)
        } catch let error as WharfError {
            throw error
        } catch {
            // The error may quote what stood there.
            throw WharfError(.invalidArgument, "invalid \(name) header: not valid JSON")
        }
    }
}
