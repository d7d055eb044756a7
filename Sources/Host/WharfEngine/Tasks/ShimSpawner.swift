// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Starts shims. All of them run from one sealed handle that wharfd opened at its start: they share one page cache, and a
// container never sees the host's file as its /proc/self/exe.

import Glibc
import WharfLinux
import WharfShimProtocol

/// Spawns the shim program with the first connection as its descriptor 3 and exec-root/s as 4.
struct ShimSpawner: Sendable {
    /// A shim that was started: our end of its first connection, and its process.
    struct Spawned: Sendable {
        let socket: Descriptor
        let process: PidFD
        let pid: Int32
    }

    /// The allocator's cache of freed pieces would keep two pages of each idle shim from the kernel; a shim is not busy
    /// enough to miss it.
    private static let environment = ["GLIBC_TUNABLES=glibc.malloc.tcache_count=0"]

    /// The sealed executable.
    let program: Descriptor
    let directories: ShimDirectories

    /// Starts the shim of `id`, whose bundle exists. Blocks for about 0.1 ms.
    ///
    /// Its standard error goes to the bundle's shim.log: a fault of the shim must be found when wharfd is gone.
    func spawn(_ id: String) throws(SyscallError) -> Spawned {
        let (ours, theirs) = try UnixSocket.pair()
        let null = try HostPath("/dev/null").open(.readWrite)
        let log = try (directories.bundle(of: id) / "shim.log").open([.write, .create, .append], permissions: 0o600)
        let process = try WharfLinux.spawn(
            program, arguments: ["wharf-shim", "--id", id, "--socket", ShimSocketName.name(for: id)],
            environment: Self.environment, descriptors: [null, null, log, theirs, directories.sockets])
        return Spawned(socket: ours, process: PidFD(process.pidfd), pid: process.pid)
    }
}
