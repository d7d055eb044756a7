// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `GET /version` and `/_ping`.

public import WharfDockerAPI

extension HostSystem {
    /// Who answers here, and which API versions it speaks.
    public func version() -> SystemVersion {
        let host = containers.host
        var version = SystemVersion()
        version.platform = VersionPlatform(name: "Wharf")
        version.version = identity.version
        version.apiVersion = Self.apiVersion
        version.minAPIVersion = Self.minimumAPIVersion
        version.gitCommit = identity.commit
        // Docker's tools print it as "Go version"; an empty one would look broken.
        version.goVersion = "swift"
        version.os = "linux"
        version.architecture = host.architecture
        version.kernelVersion = host.kernelVersion
        version.buildTime = identity.buildTime
        version.components = [
            ComponentVersion(
                name: "Engine", version: identity.version,
                details: [
                    "ApiVersion": Self.apiVersion, "MinAPIVersion": Self.minimumAPIVersion, "Arch": host.architecture, "Os": "linux",
                    "KernelVersion": host.kernelVersion, "GitCommit": identity.commit, "BuildTime": identity.buildTime,
                    "Experimental": "false", "GoVersion": version.goVersion,
                ]),
            ComponentVersion(name: "wharf-shim", version: identity.version, details: ["GitCommit": identity.commit]),
            ComponentVersion(name: "wharf-runtime", version: identity.version, details: ["GitCommit": identity.commit]),
        ]
        return version
    }

    /// The daemon lives.
    public func ping() -> PingFacts { PingFacts() }
}

/// What `/_ping` says in headers.
public struct PingFacts: Sendable, Equatable {
    public var apiVersion = HostSystem.apiVersion
    public var osType = "linux"
    /// 1: the classic builder; 2 would promise BuildKit's sessions.
    public var builderVersion = "1"
    public var isExperimental = false
    public var swarm = "inactive"

    public init() {}
}
