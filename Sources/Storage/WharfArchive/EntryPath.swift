// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The path of an entry, in components, and what its last one may mean in a layer.

import WharfLinux

/// A name from an archive as a path below the root: no empty component, no `.`, no `..`.
struct EntryPath: Equatable {
    private(set) var components: [[UInt8]]

    /// `..` is taken off by its text, as Docker does; one that leads out of the root is refused, as is a NUL.
    init(_ name: [UInt8]) throws(ArchiveError) {
        guard !name.contains(0) else { throw .unsafe(entry: show(name), "has a NUL in its name") }
        components = []
        for component in pathComponents(name) {
            guard component == [UInt8(ascii: "."), UInt8(ascii: ".")] else {
                components.append(component)
                continue
            }
            guard components.popLast() != nil else { throw .unsafe(entry: show(name), "leads out of the root") }
        }
    }

    init(components: [[UInt8]]) { self.components = components }

    var parent: EntryPath { EntryPath(components: Array(components.dropLast())) }

    /// Takes the last component off; nil for the root.
    mutating func popLast() -> [UInt8]? { components.popLast() }

    /// For the kernel; `.` for the root.
    var bytes: [UInt8] {
        components.isEmpty ? [UInt8(ascii: ".")] : Array(components.joined(separator: [UInt8(ascii: "/")]))
    }
}

/// What a name says about the layers below (OCI image spec, layer.md, "Whiteouts").
enum Whiteout: Equatable {
    /// Nothing: an ordinary entry.
    case none
    /// AUFS's own records.
    case ignored
    /// `.wh..wh..opq`: nothing of the directory below shows.
    case opaque
    /// `.wh.NAME`: the name below does not show.
    case removes([UInt8])

    private static let prefix = Array(".wh.".utf8)
    private static let metadataPrefix = Array(".wh..wh.".utf8)
    private static let opaqueName = Array(".wh..wh..opq".utf8)

    init(_ path: EntryPath, _ name: [UInt8]) throws(ArchiveError) {
        guard let leaf = path.components.last else {
            self = .none
            return
        }
        if leaf == Self.opaqueName {
            self = .opaque
        } else if path.components.contains(where: { $0.starts(with: Self.metadataPrefix) }) {
            self = .ignored
        } else if leaf.starts(with: Self.prefix) {
            let hidden = Array(leaf.dropFirst(Self.prefix.count))
            guard !hidden.isEmpty, hidden != [UInt8(ascii: ".")], hidden != [UInt8(ascii: "."), UInt8(ascii: ".")] else {
                throw .unsafe(entry: show(name), "is a whiteout of nothing that can be removed")
            }
            self = .removes(hidden)
        } else {
            self = .none
        }
    }
}
