// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A container's own directory in the daemon's root. Trusted paths: nobody but the daemon and the shim writes here.
//
//     <root>/containers/<id>/       0710
//         hostname hosts resolv.conf      mounted into the container
//         <id>-json.log …                 written by the shim (json-file)
//         local-logs/container.log …      written by the shim (local)
//         exit                            the last run's exit record, written by the shim
//         record                          a copy of the row from the last start, for a lost database

import WharfJSON
import WharfLinux
import WharfShimProtocol

/// Where containers keep their files.
struct ContainerDirectory: Sendable {
    let root: HostPath

    /// - Parameter root: the daemon's root directory; `containers` below it is made when missing.
    init(root: HostPath) throws(SyscallError) {
        self.root = root / "containers"
        try self.root.mkdir(permissions: 0o710)
    }

    func path(_ id: String) -> HostPath { root / id }
    func hostname(_ id: String) -> HostPath { path(id) / "hostname" }
    func hosts(_ id: String) -> HostPath { path(id) / "hosts" }
    func resolvConf(_ id: String) -> HostPath { path(id) / "resolv.conf" }
    func log(_ id: String) -> HostPath { path(id) / "\(id)-json.log" }
    func localLog(_ id: String) -> HostPath { path(id) / "local-logs" / "container.log" }
    func exit(_ id: String) -> HostPath { path(id) / "exit" }

    /// Keeps a copy of the row. Not durable: it serves a database that was lost, not a machine that was.
    func keep(_ record: ContainerRecord) throws(SyscallError) {
        try (path(record.id) / "record").writeAtomically(JSON.encode(record), permissions: 0o600, durable: false)
    }

    /// The copy; nil where there is none that can be read.
    func recordCopy(_ id: String) -> ContainerRecord? {
        guard let bytes = try? (path(id) / "record").read(limit: 8 << 20) else { return nil }
        return try? JSON.decode(ContainerRecord.self, from: bytes)
    }

    func make(_ id: String) throws(SyscallError) { try path(id).mkdir(permissions: 0o710) }

    func remove(_ id: String) throws(SyscallError) { try path(id).removeTree() }

    /// The ids that have a directory.
    func ids() throws(SyscallError) -> [String] {
        try root.entries().map { displayPath($0.name) }.filter { $0.utf8.count == 64 && ContainerID.isPrefix($0) }
    }

    /// How the last run ended; nil when its shim could not write it, or wrote nonsense.
    func exitRecord(_ id: String) -> ExitRecord? {
        // Absent and unreadable are the same to the caller: the end is not known.
        guard let bytes = try? exit(id).read(limit: 64 << 10) else { return nil }
        return try? ExitRecord(fileBytes: bytes)
    }
}
