// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Which of an index's manifests suits a platform best. The order is containerd's and Docker's: the same variant, then older
// ones that the processor still runs, then the processor's other mode.

extension Platform {
    /// What a machine of this platform runs, the best first: `linux/arm/v7` also runs v6 and v5, `amd64` also 386, `arm64`
    /// also 32-bit arm.
    public var runnable: [Platform] {
        let own = normalized
        func other(_ architecture: String, _ variant: String) -> Platform {
            Platform(os: own.os, architecture: architecture, variant: variant, osVersion: osVersion, osFeatures: osFeatures)
        }
        func older(_ architecture: String, from variant: Int, downTo last: Int) -> [Platform] {
            variant < last ? [] : (last...variant).reversed().map { other(architecture, "v\($0)") }
        }
        let number = Int(own.variant.utf8.dropFirst().reduce(into: "") { $0.unicodeScalars.append(Unicode.Scalar($1)) }) ?? 0
        switch own.architecture {
        case "amd64": return [own] + older("amd64", from: number - 1, downTo: 2) + [other("amd64", ""), other("386", "")]
        case "arm": return [own] + older("arm", from: min(number, 8) - 1, downTo: 5)
        case "arm64": return [own] + older("arm64", from: min(number, 9) - 1, downTo: 8) + older("arm", from: 8, downTo: 5)
        default: return [own]
        }
    }

    /// How well an image for `other` suits, 0 best; nil if it does not run here.
    public func rank(of other: Platform) -> Int? {
        let other = other.normalized
        return runnable.firstIndex {
            $0.os == other.os && $0.architecture == other.architecture && $0.variant == other.variant
                && ($0.osVersion.isEmpty || other.osVersion.isEmpty || $0.osVersion == other.osVersion)
        }
    }

    /// As messages of Docker show it: the one variant that an architecture has anyway is left out.
    public var familiar: String {
        let own = normalized
        return own.architecture == "arm64" && own.variant == "v8" ? "\(own.os)/\(own.architecture)" : own.description
    }
}

extension Index {
    /// Whether a manifest of the index is about another one (provenance, signatures) and is no image.
    public static func isAttestation(_ descriptor: ContentDescriptor) -> Bool {
        descriptor.annotations["vnd.docker.reference.type"] == "attestation-manifest"
            || descriptor.platform.map { $0.os == "unknown" || $0.architecture == "unknown" } ?? false
    }

    /// The manifest that suits a platform best, the first of equals. One without a platform suits any, after those that name
    /// theirs.
    public func choice(for platform: Platform) -> ContentDescriptor? {
        let candidates = manifests.enumerated().compactMap { position, descriptor -> (rank: Int, position: Int)? in
            guard !Self.isAttestation(descriptor), descriptor.artifactType == nil else { return nil }
            guard let own = descriptor.platform else { return (Int.max, position) }
            return platform.rank(of: own).map { ($0, position) }
        }
        return candidates.min { ($0.rank, $0.position) < ($1.rank, $1.position) }.map { manifests[$0.position] }
    }
}
