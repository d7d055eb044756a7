// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The house: one target per room, grouped by the folders of docs/architecture.md.
// `dependencies` are the allowed arrows; Tests/Architecture checks them against the design.

import PackageDescription

/// Settings of every Swift target: Swift 6 mode, warnings are errors, imports say what they leak.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    // Small functions of other targets are inlined: fewer pages of a shim are touched.
    .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

/// Of the modules that a container start runs through: generic types are looked up by accessors, not by their names, and made
/// when they are used, which takes 5 % off a start. Each accessor costs a word that a shim makes its own, so other modules
/// go without.
let startSettings =
    settings + [
        .unsafeFlags(
            [
                "-Xfrontend", "-disable-concrete-type-metadata-mangled-name-accessors",
                "-Xfrontend", "-disable-generic-metadata-prespecialization",
            ], .when(configuration: .release))
    ]

func library(
    _ name: String, _ folder: String, _ dependencies: [Target.Dependency] = [], settings: [SwiftSetting] = settings
) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(folder)/\(name)", swiftSettings: settings)
}

/// A program. `static` ones are linked without any shared library: a container start pays their start. `entry` stands
/// before the C library's own entry point.
func program(
    _ name: String, _ folder: String, static isStatic: Bool = false, entry: String? = nil, settings: [SwiftSetting] = settings,
    _ dependencies: [Target.Dependency]
) -> Target {
    var flags = isStatic ? ["-static-executable"] : []
    if let entry { flags += ["-Xlinker", "-e", "-Xlinker", entry] }
    return .executableTarget(
        name: name, dependencies: dependencies, path: "Sources/\(folder)/\(name)", swiftSettings: settings,
        linkerSettings: flags.isEmpty ? [] : [.unsafeFlags(flags)])
}

/// The entry point that seals a program early (wharf_seal.c) is written for one processor; elsewhere the program seals
/// itself when Swift runs.
#if arch(x86_64)
    let sealEntry: String? = "wharf_seal_entry"
#else
    let sealEntry: String? = nil
#endif

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: settings)
}

/// A C library of the system, seen through a module map.
func system(_ name: String, pkgConfig: String? = nil, debian: String) -> Target {
    .systemLibrary(name: name, path: "Sources/Kernel/CLibraries/\(name)", pkgConfig: pkgConfig, providers: [.apt([debian])])
}

let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let serviceLifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let systemPackage: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")

let package = Package(
    name: "wharf",
    products: [
        .executable(name: "wharf", targets: ["wharf"]),
        .executable(name: "wharfd", targets: ["wharfd"]),
        .executable(name: "wharf-registry", targets: ["wharf-registry"]),
        .executable(name: "wharf-shim", targets: ["wharf-shim"]),
        .executable(name: "wharf-runtime", targets: ["wharf-runtime"]),
        .executable(name: "wharf-init", targets: ["wharf-init"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
    ],
    targets: [
        // Formats: the words everybody shares. No I/O.
        library("WharfError", "Formats"),
        library("WharfJSON", "Formats", ["WharfError"], settings: startSettings),
        library("WharfOCI", "Formats", ["WharfJSON", "WharfError"], settings: startSettings),
        library("WharfDockerAPI", "Formats", ["WharfJSON", "WharfError"]),
        library("WharfDockerfile", "Formats", ["WharfError"]),
        library("WharfDNS", "Formats", ["WharfError"]),

        // Kernel: the only place that touches Linux.
        .target(name: "CWharfLinux", path: "Sources/Kernel/CWharfLinux", publicHeadersPath: "include"),
        library("WharfLinux", "Kernel", ["CWharfLinux", "WharfError"]),
        library("WharfCgroups", "Kernel", ["WharfLinux", "WharfOCI", "WharfError"], settings: startSettings),
        library("WharfNetlink", "Kernel", ["WharfLinux", "WharfError"]),
        system("CBzip2", debian: "libbz2-dev"),
        system("CISAL", pkgConfig: "libisal", debian: "libisal-dev"),
        system("CLZMA", pkgConfig: "liblzma", debian: "liblzma-dev"),
        system("CSeccomp", pkgConfig: "libseccomp", debian: "libseccomp-dev"),
        system("CZstd", pkgConfig: "libzstd", debian: "libzstd-dev"),

        // Wire: the only place that touches the network, and how async meets blocking.
        library("WharfHTTP", "Wire", ["WharfLinux", "WharfError", nioCore, nioPosix, nioHTTP1]),
        library(
            "WharfOutbound", "Wire",
            ["WharfHTTP", "WharfLinux", "WharfError", nioCore, nioPosix, nioHTTP1, nioSSL, asyncHTTPClient, logging]),
        library("WharfBlocking", "Wire", ["WharfLinux", "WharfError", nioPosix]),

        // Storage: what bytes lie on disk. Synchronous.
        library("WharfArchive", "Storage", ["WharfLinux", "WharfError", "CBzip2", "CISAL", "CLZMA", "CZstd"]),
        library("WharfContent", "Storage", ["WharfOCI", "WharfLinux", "WharfError", crypto]),
        library("WharfSnapshots", "Storage", ["WharfOCI", "WharfLinux", "WharfError"]),
        library("WharfSQLite", "Storage", ["WharfLinux", "WharfError", grdb]),

        // Runtime: what a container is made of. Synchronous, single-threaded, static.
        library("WharfShimProtocol", "Runtime", ["WharfJSON", "WharfLinux", "WharfError"]),
        library("WharfLogs", "Runtime", ["WharfJSON", "WharfLinux", "WharfError"]),
        library(
            "WharfRuntime", "Runtime", ["CSeccomp", "WharfLinux", "WharfCgroups", "WharfOCI", "WharfJSON", "WharfError"],
            settings: startSettings),
        library(
            "WharfShim", "Runtime",
            ["WharfShimProtocol", "WharfRuntime", "WharfCgroups", "WharfLogs", "WharfLinux", "WharfOCI", "WharfError"]),
        program(
            "wharf-shim", "Runtime", static: true,
            ["WharfShim", "WharfRuntime", "WharfLinux", "WharfError"]),
        program(
            "wharf-runtime", "Runtime", static: true, entry: sealEntry, settings: startSettings,
            ["WharfRuntime", "WharfCgroups", "WharfLinux", "WharfOCI", "WharfJSON", "WharfError"]),
        // C, for its size: it is in every container that asks for it.
        .executableTarget(
            name: "wharf-init", path: "Sources/Runtime/wharf-init",
            linkerSettings: [.unsafeFlags(["-static-stdlib", "-nostartfiles", "-Xclang-linker", "-static"])]),

        // Host: the daemon.
        library("WharfMetadata", "Host", ["WharfSQLite", "WharfJSON", "WharfError", logging]),
        library(
            "WharfImages", "Host",
            [
                "WharfOCI", "WharfLinux", "WharfDockerfile", "WharfContent", "WharfSnapshots", "WharfArchive",
                "WharfRegistryClient", "WharfMetadata", "WharfBlocking", "WharfJSON", "WharfError", logging,
            ]),
        library(
            "WharfNetworks", "Host",
            ["WharfDNS", "WharfNetlink", "WharfLinux", "WharfMetadata", "WharfBlocking", "WharfError", nioCore, nioPosix, logging]),
        library(
            "WharfVolumes", "Host",
            ["WharfMetadata", "WharfLinux", "WharfArchive", "WharfBlocking", "WharfOCI", "WharfError", logging]),
        library(
            "WharfBuild", "Host",
            [
                "WharfDockerfile", "WharfImages", "WharfVolumes", "WharfSnapshots", "WharfContent", "WharfArchive",
                "WharfMetadata", "WharfBlocking", "WharfHTTP", "WharfOCI", "WharfJSON", "WharfLinux", "WharfError", logging,
            ]),
        library(
            "WharfEngine", "Host",
            [
                "WharfBuild", "WharfImages", "WharfNetworks", "WharfVolumes", "WharfSnapshots", "WharfMetadata", "WharfLogs",
                "WharfArchive", "WharfCgroups", "WharfShimProtocol", "WharfDockerfile", "WharfBlocking", "WharfDockerAPI",
                "WharfOCI", "WharfJSON", "WharfLinux", "WharfError", logging,
            ]),
        library("WharfAPI", "Host", ["WharfHTTP", "WharfDockerAPI", "WharfEngine", "WharfJSON", "WharfError", logging]),
        program(
            "wharfd", "Host",
            [
                "WharfAPI", "WharfEngine", "WharfImages", "WharfNetworks", "WharfVolumes", "WharfBuild", "WharfMetadata",
                "WharfSQLite", "WharfContent", "WharfSnapshots", "WharfCgroups", "WharfHTTP", "WharfOutbound", "WharfBlocking",
                "WharfLinux", "WharfJSON", "WharfRegistryClient", "WharfError", serviceLifecycle, unixSignals, argumentParser, logging,
            ]),

        // Registry: the server, and the client of every registry.
        library(
            "WharfRegistryClient", "Registry",
            ["WharfHTTP", "WharfOutbound", "WharfOCI", "WharfJSON", "WharfError", crypto, logging]),
        library(
            "WharfRegistry", "Registry",
            [
                "WharfHTTP", "WharfOCI", "WharfJSON", "WharfContent", "WharfSQLite", "WharfArchive", "WharfLinux", "WharfBlocking",
                "WharfError", logging, yams,
            ]),
        program("wharf-registry", "Registry", ["WharfRegistry", "WharfError", argumentParser, logging, serviceLifecycle, unixSignals]),

        // Client: the command line.
        library("WharfClient", "Client", ["WharfHTTP", "WharfDockerAPI", "WharfJSON", "WharfLinux", "WharfError"]),
        library(
            "WharfCLI", "Client",
            [
                "WharfClient", "WharfDockerAPI", "WharfJSON", "WharfLinux", "WharfArchive", "WharfDockerfile", "WharfError",
            ]),
        program("wharf", "Client", ["WharfCLI", "WharfError"]),

        // Tests.
        .target(
            name: "WharfTestKit",
            dependencies: [
                "CSeccomp", "WharfLinux", "WharfOCI", "WharfJSON", "WharfContent", "WharfSnapshots", "WharfArchive", "WharfError",
                "WharfHTTP", "WharfOutbound", subprocess, crypto, systemPackage, nioCore, nioPosix, nioSSL,
            ],
            path: "Tests/WharfTestKit", swiftSettings: settings),
        tests("Architecture", ["WharfJSON", "WharfError"]),
        tests("WharfErrorTests", ["WharfError"]),
        tests("WharfJSONTests", ["WharfJSON", "WharfError"]),
        tests("WharfOCITests", ["WharfOCI", "WharfJSON", "WharfError"]),
        tests("WharfDNSTests", ["WharfDNS", "WharfError"]),
        tests("WharfDockerAPITests", ["WharfDockerAPI", "WharfJSON", "WharfError"]),
        tests("WharfLinuxTests", ["WharfLinux", "CWharfLinux", "WharfError", "WharfTestKit"]),
        tests("WharfCgroupsTests", ["WharfCgroups", "WharfLinux", "WharfOCI", "WharfError", "WharfTestKit"]),
        tests("WharfHTTPTests", ["WharfHTTP", "WharfOutbound", "WharfLinux", "WharfError", "WharfTestKit", nioCore, nioPosix, logging]),
        tests("WharfOutboundTests", ["WharfOutbound", "WharfHTTP", "WharfError"]),
        tests("WharfBlockingTests", ["WharfBlocking", "WharfLinux", "WharfError", "WharfTestKit"]),
        tests("WharfArchiveTests", ["WharfArchive", "WharfLinux", "WharfError", "WharfTestKit"]),
        tests("WharfContentTests", ["WharfContent", "WharfOCI", "WharfLinux", "WharfError", "WharfTestKit"]),
        tests("WharfSnapshotsTests", ["WharfSnapshots", "WharfOCI", "WharfLinux", "WharfError", "WharfTestKit"]),
        tests("WharfMetadataTests", ["WharfMetadata", "WharfSQLite", "WharfJSON", "WharfLinux", "WharfError", "WharfTestKit", logging]),
        tests(
            "WharfRegistryClientTests",
            ["WharfRegistryClient", "WharfHTTP", "WharfOutbound", "WharfOCI", "WharfJSON", "WharfError", "WharfTestKit", logging]),
        tests("WharfShimProtocolTests", ["WharfShimProtocol", "WharfJSON", "WharfLinux", "WharfError", "WharfTestKit"]),
        tests("WharfShimTests", ["WharfShim", "WharfShimProtocol", "WharfLogs", "WharfOCI", "WharfJSON", "WharfLinux", "WharfTestKit"]),
        tests("WharfLogsTests", ["WharfLogs", "WharfJSON", "WharfLinux", "WharfError", "WharfTestKit"]),
        tests("WharfRuntimeTests", ["WharfRuntime", "WharfCgroups", "WharfOCI", "WharfLinux", "WharfJSON", "WharfError", "WharfTestKit"]),
        tests(
            "WharfRegistryTests",
            [
                "WharfRegistry", "WharfHTTP", "WharfContent", "WharfSQLite", "WharfBlocking", "WharfOCI", "WharfJSON", "WharfLinux",
                "WharfTestKit",
                "WharfError", logging,
            ]),
        tests("WharfNetworksTests", ["WharfNetworks", "WharfDNS", "WharfLinux", "WharfError", nioCore, nioPosix, logging]),
        tests(
            "WharfImagesTests",
            [
                "WharfImages", "WharfContent", "WharfSnapshots", "WharfMetadata", "WharfSQLite", "WharfArchive", "WharfBlocking",
                "WharfRegistryClient",
                "WharfOCI", "WharfJSON", "WharfLinux", "WharfError", "WharfTestKit", logging,
            ]),
        tests(
            "WharfEngineTests",
            [
                "WharfEngine", "WharfCgroups", "WharfImages", "WharfMetadata", "WharfSQLite", "WharfShimProtocol", "WharfDockerAPI",
                "WharfOCI", "WharfRuntime",
                "WharfBlocking", "WharfJSON", "WharfLinux", "WharfError", "WharfTestKit", logging,
            ]),
        tests("WharfAPITests", ["WharfAPI", "WharfEngine", "WharfHTTP", "WharfDockerAPI", "WharfJSON", "WharfError", "WharfTestKit"]),
        tests(
            "WharfCLITests",
            ["WharfCLI", "WharfClient", "WharfHTTP", "WharfDockerAPI", "WharfJSON", "WharfLinux", "WharfError", "WharfTestKit"]),
        tests(
            "Integration",
            ["WharfJSON", "WharfLinux", "WharfOCI", "WharfShimProtocol", "WharfError", "WharfTestKit", subprocess, systemPackage]),
    ]
)
