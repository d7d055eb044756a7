// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Leaves nothing of a task: the shim's process, everything in the container's cgroup, the cgroup itself, the bundle and
// the socket. Used behind a polite end, for a shim that died, and at start for those that died while no daemon was there.

import Glibc
import Logging
import WharfBlocking
import WharfJSON
import WharfLinux
import WharfOCI
import WharfShimProtocol

/// Cleans up after tasks.
struct ShimLeftovers: Sendable {
    let directories: ShimDirectories
    let cgroups: any TaskCgroups
    let blocking: Blocking
    let logger: Logger

    /// Ends the shim if it still runs, then removes what it and its container left. Failures are logged: the next start's
    /// reconciliation comes by again.
    ///
    /// - Parameter grace: how long a shim that agreed to end may take.
    func remove(_ id: String, process: PidFD?, grace: Duration) async {
        do {
            try await blocking.own {
                if let process { Self.end(process, grace: grace) }
                if let path = cgroupPath(of: id) { try cgroups.destroy(path) }
                directories.remove(id)
            }
        } catch {
            logger.warning("a container's leftovers could not all be removed", metadata: ["container": "\(id)", "error": "\(error)"])
        }
    }

    /// Init's exit record, nil when the shim had no time to write one.
    func exitRecord(at path: HostPath) async -> ExitRecord? {
        try? await blocking.own { try ExitRecord(fileBytes: path.read(limit: 64 << 10)) }
    }

    private static func end(_ process: PidFD, grace: Duration) {
        // An error of the wait is one of the descriptor; then there is nothing to wait for.
        if grace > .zero, (try? process.waitForEnd(timeout: grace)) ?? true {
            _ = try? process.waitNow()
            return
        }
        // ESRCH: it was faster.
        try? process.send(SIGKILL)
        _ = try? process.waitForEnd(timeout: .seconds(5))
        // ECHILD: an adopted shim is not our child, and somebody else reaps it.
        _ = try? process.waitNow()
    }

    /// Stands in the bundle's config.json; nil when there is none.
    private func cgroupPath(of id: String) -> String? {
        guard let bytes = try? (directories.bundle(of: id) / "config.json").read(limit: 4 << 20),
            let spec = try? JSON.decode(RuntimeSpec.self, from: bytes), !spec.linux.cgroupsPath.isEmpty
        else { return nil }
        return spec.linux.cgroupsPath
    }
}
