// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The daemon itself.

public import WharfDockerAPI
import WharfHTTP

extension EngineClient {
    /// `GET /version`
    public func version() async throws -> SystemVersion {
        try await fetch(SystemVersion.self, "GET", Query("version"))
    }

    /// `GET /info`
    public func info() async throws -> SystemInfo {
        try await fetch(SystemInfo.self, "GET", Query("info"))
    }
}
