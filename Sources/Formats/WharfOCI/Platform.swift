// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What an image runs on, in OCI's and Go's words: os, architecture, variant. Chooses among an index's manifests.

public import WharfJSON

/// An operating system with a processor (OCI image spec, image-index.md, "platform").
public struct Platform: Sendable, Hashable {
    /// GOOS: `linux`.
    public var os: String
    /// GOARCH: `amd64`, `arm64`.
    public var architecture: String
    /// `v7`, `v8`; empty where the architecture has none.
    public var variant: String
    public var osVersion: String
    public var osFeatures: [String]

    public init(
        os: String = "linux", architecture: String, variant: String = "", osVersion: String = "",
        osFeatures: [String] = []
    ) {
        self.os = os
        self.architecture = architecture
        self.variant = variant
        self.osVersion = osVersion
        self.osFeatures = osFeatures
    }

    /// What this program was built for, which is what it can run.
    public static var host: Platform {
        #if arch(x86_64)
            Platform(architecture: "amd64")
        #elseif arch(arm64)
            Platform(architecture: "arm64", variant: "v8")
        #elseif arch(arm)
            Platform(architecture: "arm", variant: "v7")
        #elseif arch(powerpc64le)
            Platform(architecture: "ppc64le")
        #elseif arch(s390x)
            Platform(architecture: "s390x")
        #elseif arch(riscv64)
            Platform(architecture: "riscv64")
        #else
            Platform(architecture: "unknown")
        #endif
    }

    /// Reads what people write: `linux`, `arm64`, `linux/amd64`, `linux/arm/v7`; uname's names become Go's. Nil for
    /// anything else.
    public init?(_ text: String) {
        let parts = text.lowercased().utf8.split(
            separator: UInt8(ascii: "/"), omittingEmptySubsequences: false
        ).map { Array($0) }
        guard (1...3).contains(parts.count),
            parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(Self.isAllowed) })
        else { return nil }
        let words = parts.map { String(decoding: $0, as: UTF8.self) }
        switch words.count {
        case 1:
            if Self.systems.contains(words[0]) {
                self = Platform(
                    os: words[0], architecture: Platform.host.architecture, variant: Platform.host.variant)
            } else {
                self = Platform(architecture: words[0])
            }
        case 2: self = Platform(os: words[0], architecture: words[1])
        default: self = Platform(os: words[0], architecture: words[1], variant: words[2])
        }
        self = normalized
    }

    private static let systems: Set<String> = [
        "linux", "windows", "darwin", "freebsd", "netbsd", "openbsd", "dragonfly", "solaris", "illumos",
        "aix", "plan9", "android", "js", "wasip1",
    ]

    private static func isAllowed(_ byte: UInt8) -> Bool {
        isLowerHex(byte) || (byte >= UInt8(ascii: "g") && byte <= UInt8(ascii: "z"))
            || [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")].contains(byte)
    }

    /// One spelling for each platform: `x86_64` is `amd64`, `aarch64` is `arm64/v8`, `arm` is `arm/v7`.
    public var normalized: Platform {
        var result = self
        switch architecture {
        case "x86_64", "x86-64", "amd64":
            result.architecture = "amd64"
            if variant == "v1" { result.variant = "" }
        case "i386", "i486", "i586", "i686", "386":
            result.architecture = "386"
            result.variant = ""
        case "aarch64", "arm64":
            result.architecture = "arm64"
            if variant.isEmpty || variant == "8" { result.variant = "v8" }
        case "armhf":
            result.architecture = "arm"
            result.variant = "v7"
        case "armel":
            result.architecture = "arm"
            result.variant = "v6"
        case "arm":
            switch variant {
            case "", "7": result.variant = "v7"
            case "5", "6", "8": result.variant = "v\(variant)"
            default: break
            }
        default: break
        }
        return result
    }

    /// Whether an image for `other` satisfies a wish for this platform: same system and architecture, and the variant
    /// if both name one.
    public func matches(_ other: Platform) -> Bool {
        let (left, right) = (normalized, other.normalized)
        return left.os == right.os && left.architecture == right.architecture
            && (left.variant == right.variant || left.variant.isEmpty || right.variant.isEmpty)
    }

    /// `linux/arm/v7`.
    public var description: String {
        variant.isEmpty ? "\(os)/\(architecture)" : "\(os)/\(architecture)/\(variant)"
    }
}

extension Platform: CustomStringConvertible {}

extension Platform: JSONWritable, Decodable {
    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("architecture", architecture)
            json.field("os", os)
            json.nonEmpty("os.version", osVersion)
            json.nonEmpty("os.features", osFeatures)
            json.nonEmpty("variant", variant)
        }
    }

    private enum CodingKeys: String, CodingKey {
        case architecture, os, variant
        case osVersion = "os.version"
        case osFeatures = "os.features"
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        os = try members.decode(String.self, forKey: .os)
        architecture = try members.decode(String.self, forKey: .architecture)
        variant = try members.decode(String.self, forKey: .variant)
        osVersion = try members.decode(String.self, forKey: .osVersion)
        osFeatures = try members.decode([String].self, forKey: .osFeatures)
    }
}
