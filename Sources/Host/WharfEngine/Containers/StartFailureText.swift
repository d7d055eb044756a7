// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Why a container or an exec did not start, in the words from which docker's command line derives 127, 126 and 125:
// "executable file not found" and "no such file or directory", "permission denied", anything else.

import Glibc
import WharfError

/// A failed start in Docker's words.
struct StartFailureText {
    /// State.ExitCode: 127, 126 or 128.
    let exitCode: Int32
    /// `invalidArgument` (400) where the command is at fault, else what it was.
    let error: WharfError

    /// What was to be started.
    enum Kind: Sendable {
        case container
        case exec
    }

    /// - Parameter program: the first word of the command.
    init(_ error: any Error, program: String, kind: Kind = .container) {
        guard let failure = error as? TaskFailure else {
            exitCode = 128
            self.error = (error as? WharfError) ?? WharfError(.internal, "\(error)", cause: error)
            return
        }
        let prefix =
            switch kind {
            case .container:
                "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: "
                    + "unable to start container process: "
            case .exec: "OCI runtime exec failed: exec failed: unable to start container process: "
            }
        let reason = Self.reason(failure, program: program)
        exitCode = reason.exitCode
        let code: WharfError.Code =
            if reason.exitCode != 128 { .invalidArgument } else if failure.errno == ENOSPC { .outOfDisk } else { .internal }
        // dockerd looks users up itself, before there is a runtime to blame.
        let text = failure.step == "user" ? reason.text : prefix + reason.text + ": unknown"
        self.error = WharfError(code, text, cause: failure, errno: failure.errno)
    }

    private static func reason(_ failure: TaskFailure, program: String) -> (exitCode: Int32, text: String) {
        if failure.step == "exec" {
            let name = "exec: \"\(program)\": "
            switch failure.errno {
            case ENOENT where !program.utf8.contains(UInt8(ascii: "/")): return (127, name + "executable file not found in $PATH")
            case ENOENT: return (127, name + "stat \(program): no such file or directory")
            case EACCES: return (126, name + "permission denied")
            case EISDIR: return (126, name + "is a directory: permission denied")
            default: break
            }
        }
        let lower = failure.text.lowercased()
        if failure.errno == ENOTDIR || lower.contains("not a directory") { return (127, failure.text) }
        if lower.contains("executable file not found") || lower.contains("no such file or directory") { return (127, failure.text) }
        if lower.contains("permission denied") { return (126, failure.text) }
        return (128, failure.text)
    }
}
