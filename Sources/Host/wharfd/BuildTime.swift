// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// When the running program was built: the time of its own file. A stamp compiled in would make two builds of the same sources
// differ.

import WharfJSON
import WharfLinux

/// The daemon's build time.
enum BuildTime {
    /// As docker writes it, in RFC 3339; empty where the file can't be looked at. Blocking, once.
    static func read() -> String {
        // It is for people: not to know it stops nothing.
        guard let modified = try? HostPath("/proc/self/exe").status().modified else { return "" }
        return Timestamp(seconds: modified.seconds).rfc3339Fixed.replacingZone
    }
}

extension String {
    /// Docker writes the zone in digits here.
    fileprivate var replacingZone: String { hasSuffix("Z") ? dropLast() + "+00:00" : self }
}
