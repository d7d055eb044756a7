// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a list of `--security-opt` says, in one value. Docker's rules and texts (moby, daemon/daemon_unix.go): both separators
// count, the last word on a subject counts, and what nobody knows is refused.

import WharfError

/// The security options of a container.
struct SecurityOptions: Sendable, Equatable {
    var noNewPrivileges = false
    var seccomp = TaskSeccomp.standard
    /// The name of a profile; empty for the default.
    var appArmorProfile = ""
    /// `disable`, `type:x`… for SELinux.
    var labels: [String] = []
    /// nil: as privileged or not.
    var writableCgroups: Bool?
    /// Docker's client turns it into two empty lists; a plain API user may send it.
    var hasUnconfinedSystemPaths = false

    /// Nothing was said.
    init() {}

    /// - Throws: `invalidArgument` with Docker's texts.
    init(_ options: [String]) throws(WharfError) {
        for option in options { try add(option) }
    }

    private mutating func add(_ option: String) throws(WharfError) {
        switch option {
        case "no-new-privileges": return noNewPrivileges = true
        case "writable-cgroups": return writableCgroups = true
        case "disable": return labels.append(option)
        case "systempaths=unconfined", "systempaths:unconfined": return hasUnconfinedSystemPaths = true
        default: break
        }
        let bytes = option.utf8
        guard let separator = bytes.firstIndex(of: UInt8(ascii: "=")) ?? bytes.firstIndex(of: UInt8(ascii: ":")) else {
            throw WharfError(.invalidArgument, "invalid --security-opt 1: \"\(option)\"")
        }
        let value = String(option[bytes.index(after: separator)...])
        switch option[..<separator] {
        case "label": labels.append(value)
        case "apparmor": appArmorProfile = value
        case "seccomp": seccomp = value == "unconfined" ? .unconfined : value == "builtin" ? .standard : .profile(value)
        case "no-new-privileges": noNewPrivileges = try Self.flag(value, of: option)
        case "writable-cgroups": writableCgroups = try Self.flag(value, of: option)
        default: throw Self.invalid(option)
        }
    }

    /// Go's spellings of a truth value.
    private static func flag(_ text: String, of option: String) throws(WharfError) -> Bool {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": return true
        case "0", "f", "F", "false", "FALSE", "False": return false
        default: throw invalid(option)
        }
    }

    private static func invalid(_ option: String) -> WharfError {
        WharfError(.invalidArgument, "invalid --security-opt 2: \"\(option)\"")
    }
}
