// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The law of the house as data: which target may import which. It is the table of docs/architecture.md; a new arrow is
// added in both, with a decision note. WharfError is allowed everywhere, Logging and Metrics in Host, Registry and Wire's
// HTTP (which logs for them).

/// The allowed arrows.
enum AllowedArrows {
    private static let nio = ["NIOCore", "NIOPosix"]
    private static let http = [
        "Hummingbird", "HTTPTypes", "NIOHTTP1", "NIOHTTPTypes", "NIOHTTPTypesHTTP1", "NIOSSL",
    ]

    /// Target to what it may import, `WharfError` aside. Names are module names.
    static let table: [String: [String]] = [
        "WharfError": [],
        "WharfJSON": [],
        "CWharfLinux": [],
        "WharfLinux": ["CWharfLinux", "SystemPackage"],
        "WharfOCI": ["WharfJSON"],
        "WharfDockerAPI": ["WharfJSON"],
        "WharfDockerfile": [],
        "WharfDNS": [],
        "WharfHTTP": ["WharfLinux"] + nio + http,
        "WharfOutbound": ["WharfHTTP", "WharfLinux", "NIOHTTP1", "NIOSSL", "AsyncHTTPClient", "Logging"] + nio,
        "WharfBlocking": ["WharfLinux", "NIOPosix"],
        "WharfShimProtocol": ["WharfJSON", "WharfLinux"],
        "WharfArchive": ["WharfLinux", "CISAL", "CZstd", "CLZMA", "CBzip2"],
        "WharfContent": ["WharfOCI", "WharfLinux", "Crypto"],
        "WharfSnapshots": ["WharfOCI", "WharfLinux"],
        "WharfSQLite": ["GRDB", "WharfLinux"],
        "WharfLogs": ["WharfJSON", "WharfLinux"],
        "WharfNetlink": ["WharfLinux", "CNftables"],
        "WharfCgroups": ["WharfLinux", "WharfOCI"],
        "WharfRuntime": ["WharfLinux", "WharfCgroups", "WharfOCI", "WharfJSON", "CSeccomp"],
        "WharfShim": ["WharfShimProtocol", "WharfRuntime", "WharfCgroups", "WharfLogs", "WharfLinux", "WharfOCI"],
        "WharfMetadata": ["WharfSQLite", "WharfJSON"],
        "WharfRegistryClient": ["WharfHTTP", "WharfOutbound", "WharfOCI", "WharfJSON", "Crypto"],
        "WharfImages": [
            "WharfOCI", "WharfLinux", "WharfDockerfile", "WharfContent", "WharfSnapshots", "WharfArchive", "WharfRegistryClient",
            "WharfMetadata", "WharfBlocking", "WharfJSON",
        ],
        "WharfNetworks": ["WharfDNS", "WharfNetlink", "WharfLinux", "WharfMetadata", "WharfBlocking"] + nio,
        "WharfVolumes": ["WharfMetadata", "WharfLinux", "WharfArchive", "WharfBlocking", "WharfOCI"],
        "WharfBuild": [
            "WharfDockerfile", "WharfImages", "WharfVolumes", "WharfSnapshots", "WharfContent", "WharfArchive", "WharfMetadata",
            "WharfBlocking", "WharfHTTP", "WharfOCI", "WharfJSON", "WharfLinux",
        ],
        "WharfEngine": [
            "WharfBuild", "WharfImages", "WharfNetworks", "WharfVolumes", "WharfSnapshots", "WharfMetadata", "WharfLogs",
            "WharfArchive", "WharfCgroups", "WharfShimProtocol", "WharfDockerfile", "WharfBlocking", "WharfDockerAPI", "WharfOCI",
            "WharfJSON", "WharfLinux",
        ],
        "WharfAPI": ["WharfHTTP", "WharfDockerAPI", "WharfEngine", "WharfJSON"],
        "WharfClient": ["WharfHTTP", "WharfDockerAPI", "WharfJSON", "WharfLinux"],
        "WharfCLI": [
            "WharfClient", "WharfDockerAPI", "WharfJSON", "WharfLinux", "WharfArchive", "WharfDockerfile", "ArgumentParser", "Yams",
        ],
        "WharfRegistry": [
            "WharfHTTP", "WharfOCI", "WharfJSON", "WharfContent", "WharfSQLite", "WharfArchive", "WharfLinux", "WharfBlocking",
            "Crypto", "JWTKit", "X509", "Yams",
        ],
        // Programs compose.
        "wharf": ["WharfCLI", "ArgumentParser"],
        "wharfd": [
            "WharfAPI", "WharfEngine", "WharfImages", "WharfNetworks", "WharfVolumes", "WharfBuild", "WharfMetadata", "WharfSQLite",
            "WharfContent", "WharfSnapshots", "WharfCgroups", "WharfHTTP", "WharfOutbound", "WharfBlocking", "WharfLinux", "WharfJSON",
            "WharfRegistryClient", "ServiceLifecycle", "UnixSignals", "ArgumentParser",
        ],
        "wharf-registry": ["WharfRegistry", "ServiceLifecycle", "UnixSignals", "ArgumentParser"],
        "wharf-shim": ["WharfShim", "WharfRuntime", "WharfLinux"],
        "wharf-runtime": ["WharfRuntime", "WharfCgroups", "WharfLinux", "WharfOCI", "WharfJSON"],
        "wharf-init": [],
        // Module maps of the system's C libraries.
        "CBzip2": [], "CISAL": [], "CLZMA": [], "CSeccomp": [], "CZstd": [],
    ]

    /// Modules of the toolchain that any target may import. Foundation and Dispatch are missing on purpose.
    static let toolchain: Set<String> = ["Glibc", "Synchronization", "Swift"]

    /// What a target of a room may import beyond its row.
    static func always(room: String) -> Set<String> {
        room == "Host" || room == "Registry" ? ["WharfError", "Logging", "Metrics"] : ["WharfError"]
    }

    /// Rooms where the small Foundation may be used; the whole one only where `BannedWords` says so.
    static let essentialsRooms: Set<String> = ["Host", "Client", "Registry", "Wire"]

    /// Names that no target may have: they say nothing about what is inside.
    static let namelessNames: Set<String> = ["Utils", "Common", "Core", "Extras", "Shared", "Helpers"]
}
