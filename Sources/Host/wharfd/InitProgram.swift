// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Finds wharf-init, which `--init` mounts into containers. A daemon without it works; only `--init` doesn't.

import WharfError
import WharfLinux

/// The small process 1 of containers that ask for one.
enum InitProgram {
    /// - Parameters:
    ///   - path: what was asked for; nil looks beside the shim.
    /// - Returns: its path; nil where nobody asked and there is none.
    /// - Throws: `notFound` when what was asked for is not there.
    static func find(_ path: HostPath?, beside shim: HostPath) throws(WharfError) -> HostPath? {
        let candidate = path ?? shim.parent / "wharf-init"
        do throws(SyscallError) {
            if try candidate.exists() { return candidate }
        } catch {
            throw WharfError(nil, "open \(candidate)", error)
        }
        guard path == nil else { throw WharfError(.notFound, "the program of init-path is not there: \(candidate)") }
        return nil
    }
}
