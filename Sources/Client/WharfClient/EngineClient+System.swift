// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The daemon itself.

public import WharfDockerAPI
import WharfHTTP
public import WharfJSON

extension EngineClient {
    /// `GET /version`
    public func version() async throws -> SystemVersion {
        try await fetch(SystemVersion.self, "GET", Query("version"))
    }

    /// `GET /info`
    public func info() async throws -> SystemInfo {
        try await fetch(SystemInfo.self, "GET", Query("info"))
    }

    /// An object of any other kind (`network`, `volume`, `service`, …) as it came.
    public func objectDocument(kind: String, _ name: String) async throws -> JSONValue {
        // Volumes and networks have no suffix, plugins have one; the others are a plain collection.
        try await document(kind == "plugin" ? Query("plugins", name, "json") : Query("\(kind)s", name))
    }
}
