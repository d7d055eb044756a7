// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The names that a registry takes: of a repository, of a tag. They come from anybody and become keys of storage, so that
// nothing but the grammar gets in: no part can begin with an underscore or a dot.

/// A repository's name as a registry knows it, without a domain: `library/busybox` (distribution spec 1.1, "Pulling manifests").
public struct RepositoryName: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The longest name; clients count their domain into 255 as well.
    public static let limit = 255

    public let text: String

    /// Nil for what the grammar does not take.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count <= RepositoryName.limit, ReferenceGrammar.isPath(bytes[...]) else { return nil }
        self.text = text
    }

    public var description: String { text }

    /// By bytes.
    public static func < (one: RepositoryName, two: RepositoryName) -> Bool { one.text.utf8.lexicographicallyPrecedes(two.text.utf8) }
}

/// A tag's name: at most 128 letters, digits, underscores, dots and dashes, not beginning with a dot or dash.
public struct TagName: Sendable, Hashable, CustomStringConvertible {
    public let text: String

    /// Nil for what the grammar does not take.
    public init?(_ text: String) {
        guard ReferenceGrammar.isTag(Array(text.utf8)[...]) else { return nil }
        self.text = text
    }

    public var description: String { text }
}
