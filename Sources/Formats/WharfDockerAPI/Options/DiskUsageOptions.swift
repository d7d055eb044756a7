// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The query of `GET /system/df`.

/// What to measure.
public struct DiskUsageOptions: Sendable, Equatable {
    /// A kind of object.
    public enum Kind: String, Sendable, CaseIterable {
        case container
        case image
        case volume
        case buildCache = "build-cache"
    }

    public var kinds: Set<Kind> = Set(Kind.allCases)
    /// Show the objects too.
    public var verbose = false

    /// The named ones.
    public init(kinds: Set<Kind> = Set(Kind.allCases), verbose: Bool = false) {
        self.kinds = kinds
        self.verbose = verbose
    }
}
