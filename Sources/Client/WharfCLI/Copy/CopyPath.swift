// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Paths as cp takes them apart: by their text, as Go's path/filepath and docker's archive package do. A slash or a `/.` at the
// end says that a directory, or its contents, are meant.

import Glibc
import WharfLinux

/// Takes paths apart. Pure, but for the current directory.
enum CopyPath {
    /// No empty part, no `.`, no `..` that can be taken away.
    static func clean(_ path: String) -> String {
        let isAbsolute = path.hasPrefix("/")
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part != ".." {
                parts.append(part)
            } else if let last = parts.last, last != ".." {
                parts.removeLast()
            } else if !isAbsolute {
                parts.append(part)
            }
        }
        let joined = parts.joined(separator: "/")
        return isAbsolute ? "/" + joined : joined.isEmpty ? "." : joined
    }

    /// The last part; `.` where the path ends so, `/` for the root.
    static func base(_ path: String) -> String {
        if meansContents(path) { return "." }
        return path.split(separator: "/").last.map(String.init) ?? (path.isEmpty ? "." : "/")
    }

    /// Everything in front of the last part.
    static func parent(_ path: String) -> String {
        let clean = clean(path)
        if meansContents(path) { return clean }
        guard let slash = clean.lastIndex(of: "/") else { return "." }
        return slash == clean.startIndex ? "/" : String(clean[..<slash])
    }

    /// It ends in `/.`, or is `.`.
    static func meansContents(_ path: String) -> Bool { path == "." || path.hasSuffix("/.") }

    /// It ends in a slash or in `/.`.
    static func assertsDirectory(_ path: String) -> Bool { path.hasSuffix("/") || meansContents(path) }

    /// `path` below `directory`, unless it is absolute.
    static func join(_ directory: String, _ path: String) -> String { path.hasPrefix("/") ? path : clean(directory + "/" + path) }

    /// Absolute, with what its end says kept.
    static func absolute(_ path: String) -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let here =
            getcwd(&buffer, buffer.count) == nil
            ? "/" : String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return keepingEnd(of: path, on: clean(path.hasPrefix("/") ? path : here + "/" + path))
    }

    /// Gives a cleaned path the slash or `/.` of the original.
    static func keepingEnd(of original: String, on clean: String) -> String {
        if meansContents(original), base(clean) != "." { return clean == "/" ? "/." : clean + "/." }
        return original.hasSuffix("/") && !clean.hasSuffix("/") ? clean + "/" : clean
    }

    /// Where a followed link leads, and the name that its contents keep: what was asked for.
    static func rebased(_ path: String, to resolved: String) -> (path: String, name: String?) {
        let target = keepingEnd(of: path, on: clean(resolved))
        return (target, base(path) != base(target) ? base(path) : nil)
    }
}
