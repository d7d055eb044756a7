// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The answer to `GET /version`.

public import WharfJSON

/// Versions of the daemon and its parts.
public struct SystemVersion: Sendable, Equatable, Decodable, JSONWritable {
    public var platform: VersionPlatform = VersionPlatform()
    public var components: [ComponentVersion] = []
    public var version: String = ""
    public var apiVersion: String = ""
    public var minAPIVersion: String = ""
    public var gitCommit: String = ""
    /// Empty: there is no Go here.
    public var goVersion: String = ""
    public var os: String = ""
    /// `amd64`, `arm64`.
    public var architecture: String = ""
    public var kernelVersion: String = ""
    public var experimental: Bool = false
    public var buildTime: String = ""

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case platform = "Platform"
        case components = "Components"
        case version = "Version"
        case apiVersion = "ApiVersion"
        case minAPIVersion = "MinAPIVersion"
        case gitCommit = "GitCommit"
        case goVersion = "GoVersion"
        case os = "Os"
        case architecture = "Arch"
        case kernelVersion = "KernelVersion"
        case experimental = "Experimental"
        case buildTime = "BuildTime"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("Platform", platform)
            o.nonEmpty("Components", components)
            o.field("Version", version)
            o.field("ApiVersion", apiVersion)
            o.nonEmpty("MinAPIVersion", minAPIVersion)
            o.field("GitCommit", gitCommit)
            o.field("GoVersion", goVersion)
            o.field("Os", os)
            o.field("Arch", architecture)
            o.nonEmpty("KernelVersion", kernelVersion)
            o.nonEmpty("Experimental", experimental)
            o.nonEmpty("BuildTime", buildTime)
        }
    }
}
