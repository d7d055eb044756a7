// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The short form of a mount: `-v /host:/ctr[:ro]`, `-v name:/ctr`, `-v /ctr`.

import Glibc

/// Sorts `-v` into binds and anonymous volumes.
enum VolumeSpec {
    /// With a colon it is a bind (of a path or a named volume), without one an anonymous volume.
    static func sort(_ specs: [String]) -> (binds: [String], anonymous: [String]) {
        var binds: [String] = []
        var anonymous: [String] = []
        for spec in specs {
            guard let colon = spec.firstIndex(of: ":") else {
                anonymous.append(spec)
                continue
            }
            let source = String(spec[..<colon])
            binds.append(source.hasPrefix(".") ? absolute(source) + spec[colon...] : spec)
        }
        return (binds, anonymous)
    }

    /// A path below the current directory, with `.` and `..` taken out as text, as Go's filepath.Abs does.
    static func absolute(_ path: String) -> String {
        var parts: [Substring] = []
        if !path.hasPrefix("/"), let buffer = getcwd(nil, 0) {
            defer { free(buffer) }
            parts = Substring(String(cString: buffer)).split(separator: "/")
        }
        for part in path.split(separator: "/") {
            switch part {
            case ".": continue
            case "..": _ = parts.popLast()
            default: parts.append(part)
            }
        }
        return "/" + parts.joined(separator: "/")
    }
}
