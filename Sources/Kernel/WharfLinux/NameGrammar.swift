// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// P11: what a name may look like, in bytes. A name that becomes a path component, a cgroup directory or an argument is
// checked once, where it enters.

/// Grammars of names. All are ASCII, all answer on bytes.
public enum NameGrammar {
    /// A container's id or name: `[a-zA-Z0-9][a-zA-Z0-9_.+-]*`, at most 255 bytes. So it is one path component, never
    /// `.` or `..`, and never an option of a tool. (Not generic: an idle shim keeps what a generic call instantiates.)
    public static func isContainerName(_ name: String) -> Bool {
        var name = name
        return name.withUTF8 { bytes in
            guard let first = bytes.first, isAlphanumeric(first), bytes.count <= 255 else { return false }
            return bytes.allSatisfy { isAlphanumeric($0) || isNamePunctuation($0) }
        }
    }

    private static func isNamePunctuation(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "-"): true
        default: false
        }
    }

    /// One path component: not empty, not `.` or `..`, without slash and NUL, at most 255 bytes. Any other byte is
    /// allowed, because file names may hold it.
    public static func isPathComponent(_ name: [UInt8]) -> Bool {
        if name.isEmpty || name.count > 255 || name == [UInt8(ascii: ".")] || name == dotDot { return false }
        return !name.contains { $0 == 0 || $0 == UInt8(ascii: "/") }
    }

    /// The path components of a kernel parameter: `[a-z0-9_-]` and, for interfaces, upper case and `:@.`, joined by `.` or
    /// `/`. The first of the two decides; the other then stands for it inside a component, as with sysctl(8):
    /// `net.ipv4.conf.eno2/100.rp_filter` is `net/ipv4/conf/eno2.100/rp_filter`. nil for anything else.
    public static func kernelParameter(_ key: String) -> [String]? {
        let bytes = Array(key.utf8)
        let (dot, slash) = (UInt8(ascii: "."), UInt8(ascii: "/"))
        if bytes.isEmpty || bytes.count > 255 { return nil }
        let separator = bytes.first { $0 == dot || $0 == slash } ?? dot
        var components: [String] = []
        for part in bytes.split(separator: separator, omittingEmptySubsequences: false) {
            let name = part.map { $0 == slash ? dot : $0 }
            guard isPathComponent(name), name.allSatisfy({ isAlphanumeric($0) || "_-:@.".utf8.contains($0) }) else { return nil }
            components.append(String(decoding: name, as: UTF8.self))
        }
        return components
    }

    /// A host name as Linux takes it: 1...64 bytes of letters, digits, `-`, `.`, `_`; not starting with `-` or `.`.
    public static func isHostname(_ name: String) -> Bool {
        var name = name
        return name.withUTF8 { bytes in
            guard let first = bytes.first, bytes.count <= 64, isAlphanumeric(first) || first == UInt8(ascii: "_") else { return false }
            return bytes.allSatisfy { isAlphanumeric($0) || "-._".utf8.contains($0) }
        }
    }

    /// A cgroup path below the hierarchy's root: absolute, components that are plain names.
    public static func isCgroupPath(_ path: String) -> Bool {
        let bytes = Array(path.utf8)
        guard bytes.first == UInt8(ascii: "/"), bytes.count > 1, bytes.count < 4096 else { return false }
        return bytes.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .allSatisfy { isPathComponent(Array($0)) && !$0.contains { $0 < 0x21 || $0 > 0x7e } }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
        default: false
        }
    }
}
