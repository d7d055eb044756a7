// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `--platform`: a system, an architecture or both, as containerd reads them. The daemon wants all parts spelled out.

import WharfDockerAPI

/// Reads platforms.
enum PlatformText {
    /// `linux/arm64/v8`, `arm64`, `linux`; nil for an empty text. Throws `invalid platform: …`.
    static func parse(_ text: String) throws -> OCIPlatform? {
        guard !text.isEmpty else { return nil }
        do { return try read(text) } catch let error as ExitError { throw ExitError("invalid platform: \(error)") }
    }

    /// Several, each flag a list between commas.
    static func parse(list: [String]) throws -> [OCIPlatform] {
        try list.flatMap { $0.split(separator: ",") }.compactMap { try parse(String($0)) }
    }

    private static func read(_ text: String) throws -> OCIPlatform {
        var parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 3 else { throw ExitError("\(quoted(text)): cannot parse platform specifier: invalid argument") }
        if let open = parts[0].firstIndex(of: "("), parts[0].hasSuffix(")") { parts[0] = String(parts[0][..<open]) }
        for (index, part) in parts.enumerated() where part.isEmpty || !part.utf8.allSatisfy(isAllowed) {
            throw ExitError(
                index == 0 && parts.count > 1
                    ? "\(quoted(part)) is an invalid OS component of \(quoted(text)): OSAndVersion specifier component must match \"\(systemPattern)\": invalid argument"
                    : "\(quoted(part)) is an invalid component of \(quoted(text)): platform specifier component must match \"\(pattern)\": invalid argument"
            )
        }
        parts = parts.map { $0.lowercased() }
        var platform = OCIPlatform()
        platform.os = "linux"
        platform.architecture = architecture
        if parts.count == 1 {
            if systems.contains(parts[0]) {
                platform.os = system(parts[0])
            } else {
                (platform.architecture, platform.variant) = normalized(parts[0], "")
                if platform.variant == "v7" { platform.variant = "" }
                guard architectures.contains(platform.architecture) else {
                    throw ExitError("\(quoted(text)): unknown operating system or architecture: invalid argument")
                }
            }
            return platform
        }
        platform.os = system(parts[0])
        (platform.architecture, platform.variant) = normalized(parts[1], parts.count == 3 ? parts[2] : "")
        // The default variant is spelled out only where it was written.
        if parts.count == 3, platform.architecture == "arm64", platform.variant.isEmpty { platform.variant = "v8" }
        if parts.count == 2, platform.architecture == "arm", platform.variant == "v7" { platform.variant = "" }
        return platform
    }

    private static let pattern = "^[A-Za-z0-9_.-]+$"
    private static let systemPattern = #"^([A-Za-z0-9_-]+)(?:\\(([A-Za-z0-9_.-]*)\\))?$"#

    private static let systems: Set<String> = [
        "aix", "android", "darwin", "dragonfly", "freebsd", "illumos", "ios", "js", "linux", "macos", "netbsd", "openbsd", "plan9",
        "solaris", "wasip1", "windows",
    ]
    private static let architectures: Set<String> = [
        "386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64", "ppc64le", "riscv64", "s390x", "wasm",
    ]

    private static func system(_ text: String) -> String { text == "macos" ? "darwin" : text }

    /// Other spellings and default variants, as containerd folds them.
    private static func normalized(_ architecture: String, _ variant: String) -> (String, String) {
        switch architecture {
        case "i386": ("386", "")
        case "x86_64", "x86-64", "amd64": ("amd64", variant == "v1" ? "" : variant)
        case "aarch64", "arm64": ("arm64", variant == "8" || variant == "v8" ? "" : variant)
        case "armhf": ("arm", "v7")
        case "armel": ("arm", "v6")
        case "arm": ("arm", variant.isEmpty || variant == "7" ? "v7" : ["5", "6", "8"].contains(variant) ? "v\(variant)" : variant)
        default: (architecture, variant)
        }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z")) || "_.-".utf8.contains(byte)
    }

    /// This program's own.
    private static var architecture: String {
        #if arch(arm64)
            "arm64"
        #else
            "amd64"
        #endif
    }
}
