// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Extended attributes of an inode in overlay's upper directory, parted: what belongs to the file, and what overlay wrote.

import WharfLinux

/// The attributes of one file or directory.
struct OverlayAttributes {
    /// Those that go into a layer, sorted by name.
    private(set) var own: [TarEntry.Attribute] = []
    /// Nothing of the directory below shows.
    private(set) var isOpaque = false

    private static let overlay = Array("trusted.overlay.".utf8)

    /// - Throws: `unsupported` where overlay left names or data in the layer below.
    init(of descriptor: Descriptor, _ path: [UInt8]) throws(ArchiveError) {
        let names = try system(path) { () throws(SyscallError) in try descriptor.attributeNames() }
        for name in names {
            if name.starts(with: Self.overlay) {
                try read(String(decoding: name.dropFirst(Self.overlay.count), as: UTF8.self), name, descriptor, path)
            } else if Self.isOfFile(name) {
                guard let value = try system(path, { () throws(SyscallError) in try descriptor.attribute(name) }) else { continue }
                own.append(TarEntry.Attribute(name: name, value: value))
            }
        }
        own.sort { $0.name.lexicographicallyPrecedes($1.name) }
    }

    private mutating func read(_ key: String, _ name: [UInt8], _ descriptor: Descriptor, _ path: [UInt8]) throws(ArchiveError) {
        switch key {
        case "opaque":
            isOpaque = try system(path) { () throws(SyscallError) in try descriptor.attribute(name) } == [UInt8(ascii: "y")]
        case "redirect", "metacopy": throw .unsupported("\(show(path)) has its \(key == "redirect" ? "name" : "data") in a lower layer")
        default: break  // origin, impure, nlink…: notes that only this overlay understands
        }
    }

    /// Labels and sums of the host's security modules are the host's, and an image's `user.overlay.` would not be unpacked.
    private static func isOfFile(_ name: [UInt8]) -> Bool {
        if name.starts(with: "security.".utf8) { return name.elementsEqual("security.capability".utf8) }
        return !name.starts(with: "user.overlay.".utf8)
    }
}
