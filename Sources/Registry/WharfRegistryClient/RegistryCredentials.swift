// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Who somebody is to a registry. A value that travels with one request of the Engine API and is never stored.

/// Credentials for one registry, the fields of Docker's `X-Registry-Auth`. Empty strings where there is none.
public struct RegistryCredentials: Sendable, Hashable {
    public var username: String
    public var password: String
    /// A refresh token, sent to the token service instead of a name and a password.
    public var identityToken: String
    /// A bearer token that is sent to the registry as it is.
    public var registryToken: String

    public init(username: String = "", password: String = "", identityToken: String = "", registryToken: String = "") {
        self.username = username
        self.password = password
        self.identityToken = identityToken
        self.registryToken = registryToken
    }

    /// Nothing to show: the same as no credentials.
    public var isEmpty: Bool { username.isEmpty && password.isEmpty && identityToken.isEmpty && registryToken.isEmpty }
}

/// Says nothing: secrets must not reach a log by interpolation.
extension RegistryCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { isEmpty ? "no credentials" : "credentials" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
