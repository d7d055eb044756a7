// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Whether this process's root is the host's: in a user namespace some of the kernel's doors stay shut for good.

import Glibc

extension Namespaces {
    /// Whether the calling process is in a user namespace other than the host's first one (user_namespaces(7)): that one
    /// maps every user to itself. True when it can't be told.
    public static func isUserNamespaceNested() -> Bool {
        // A process without /proc has no business with the host's devices.
        guard let map = try? HostPath("/proc/self/uid_map").read(limit: 4096) else { return true }
        let words = map.split(whereSeparator: { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") })
        return !words.map { Array($0) }.elementsEqual(["0", "0", "4294967295"].map { Array($0.utf8) })
    }
}
