// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Paths inside a container as a spec gives them, brought into one spelling: what is compared is what the kernel gets.

import WharfLinux

/// Spelling of paths inside a container.
enum ContainerPath {
    /// Absolute, with single slashes, without `.`, `..` taken back by the text alone. A relative path starts at the root
    /// (runtime spec 1.2, "Mounts").
    static func clean(_ path: String) -> [UInt8] {
        var kept: [UInt8] = []
        kept.reserveCapacity(path.utf8.count + 1)
        for component in path.utf8.split(separator: UInt8(ascii: "/")) {
            if component.elementsEqual(".".utf8) { continue }
            if component.elementsEqual("..".utf8) {
                while let last = kept.popLast(), last != UInt8(ascii: "/") { continue }
                continue
            }
            kept.append(UInt8(ascii: "/"))
            kept += component
        }
        return kept.isEmpty ? [UInt8(ascii: "/")] : kept
    }

    /// Whether a clean path is `place`.
    static func isSame(_ path: [UInt8], _ place: StaticString) -> Bool {
        path.count == place.utf8CodeUnitCount && starts(path, place)
    }

    /// What follows `place/` in a clean path; nil when it is not below there.
    static func below(_ path: [UInt8], _ place: StaticString) -> ArraySlice<UInt8>? {
        let length = place.utf8CodeUnitCount
        guard path.count > length + 1, path[length] == UInt8(ascii: "/"), starts(path, place) else { return nil }
        return path[(length + 1)...]
    }

    /// Whether a mount at the clean path `path` hides what was mounted at `place`.
    static func covers(_ path: [UInt8], _ place: StaticString) -> Bool {
        if path.count == 1 { return true }
        let length = place.utf8CodeUnitCount
        guard path.count <= length, path.indices.allSatisfy({ path[$0] == place.utf8Start[$0] }) else { return false }
        return path.count == length || place.utf8Start[path.count] == UInt8(ascii: "/")
    }

    private static func starts(_ path: [UInt8], _ place: StaticString) -> Bool {
        (0..<place.utf8CodeUnitCount).allSatisfy { path[$0] == place.utf8Start[$0] }
    }
}
