// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Paths as users write them, brought to one form by their text alone (Go's filepath.Clean): the form that inspect
// shows and that duplicate mount points are found by. Nothing is opened here.

/// A path by its text.
enum CleanPath {
    static func isAbsolute(_ path: String) -> Bool { path.utf8.first == UInt8(ascii: "/") }

    /// No empty part, no `.`, no `..` that can be taken away; `/` and `.` stay what they are.
    static func clean(_ path: String) -> String {
        let absolute = isAbsolute(path)
        var parts: [Substring.UTF8View] = []
        for part in path.utf8.split(separator: UInt8(ascii: "/")) {
            if part.elementsEqual(".".utf8) { continue }
            if part.elementsEqual("..".utf8) {
                if let last = parts.last, !last.elementsEqual("..".utf8) {
                    parts.removeLast()
                } else if !absolute {
                    parts.append(part)
                }
                continue
            }
            parts.append(part)
        }
        let joined = parts.map { String(Substring($0)) }.joined(separator: "/")
        if absolute { return "/" + joined }
        return joined.isEmpty ? "." : joined
    }

    /// No NUL, which the kernel would take for the end.
    static func isUsable(_ path: String) -> Bool { !path.utf8.contains(0) }
}
