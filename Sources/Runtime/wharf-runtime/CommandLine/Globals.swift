// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What stands before the verb.

import Glibc
import WharfLinux
import WharfRuntime

/// The program's own flags.
struct Globals {
    static let flags: [Flag] = [
        .toggle("debug", help: "write debug lines to the log"),
        .value(
            "log", of: "FILE",
            help: "append the log to FILE; errors are then also written, bare, to standard error (default: standard error)"),
        .value("log-format", of: "FORMAT", help: "the log's form: text or json (default: text)"),
        .value("root", of: "DIR", help: "where the state of containers is kept, on a tmpfs (default: \(defaultRoot))"),
        .value("criu", of: "FILE", help: "taken for compatibility; checkpoints are not available"),
        .toggle("systemd-cgroup", help: "not available: control groups are made with the cgroupfs driver"),
        .value("rootless", of: "MODE", help: "taken for compatibility: true, false or auto"),
        .toggle("help", "h", help: "show this help"),
        .toggle("version", "v", help: "show the version"),
    ]

    /// Of root; without rights it is in the user's own runtime directory.
    private static let defaultRoot = "/run/wharf-runtime"

    private static func ownRoot() -> String {
        guard geteuid() != 0, let directory = getenv("XDG_RUNTIME_DIR"), directory[0] != 0 else { return defaultRoot }
        return String(cString: directory) + "/wharf-runtime"
    }

    let state: StateDirectory
    let isDebugging: Bool

    init(_ values: FlagValues) throws {
        let root = values["root"] ?? Globals.ownRoot()
        if root.isEmpty { throw UsageError("--root needs a directory") }
        state = StateDirectory(try absolutePath(root))
        isDebugging = values.isOn("debug")
        if let mode = values["rootless"], !["true", "false", "auto"].contains(where: { $0.utf8.elementsEqual(mode.utf8) }) {
            throw UsageError("invalid rootless mode \"\(mode)\": want true, false or auto")
        }
        if values.isOn("systemd-cgroup") {
            throw CommandError("the systemd cgroup driver is not available: use cgroupfs, without --systemd-cgroup")
        }
    }
}
