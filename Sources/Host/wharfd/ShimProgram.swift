// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Finds wharf-shim and seals it once: every shim of this daemon is spawned from the one handle.

import WharfError
import WharfLinux

/// The program beside each container.
enum ShimProgram {
    /// Opens and seals the program.
    ///
    /// - Parameter path: what was asked for; nil looks beside wharfd, then in ../libexec/wharf and ../libexec.
    /// - Throws: `notFound` with the places that were looked at.
    static func open(_ path: HostPath?) throws(WharfError) -> (program: SealedExecutable, path: HostPath) {
        do {
            let candidates = try path.map { [$0] } ?? beside(try HostPath(HostPath("/proc/self/exe").readLink()))
            for candidate in candidates where try candidate.exists() {
                return (try SealedExecutable(candidate), candidate)
            }
            throw WharfError(.notFound, "wharf-shim is at none of: \(candidates.map(\.description).joined(separator: ", "))")
        } catch let error as WharfError {
            throw error
        } catch let error as SyscallError {
            throw WharfError(nil, "open wharf-shim", error)
        } catch {
            throw WharfError(.internal, "open wharf-shim: \(error)", cause: error)
        }
    }

    private static func beside(_ program: HostPath) -> [HostPath] {
        let folder = program.parent
        return [folder / "wharf-shim", folder.parent / "libexec/wharf/wharf-shim", folder.parent / "libexec/wharf-shim"]
    }
}
