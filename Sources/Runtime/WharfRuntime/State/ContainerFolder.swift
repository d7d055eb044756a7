// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One container's folder below the runtime's root: record, spec, lock and start socket.

import Glibc
import WharfJSON
import WharfLinux
public import WharfOCI

/// The folder of a container, opened.
public struct ContainerFolder: Sendable {
    public let id: String
    let path: HostPath
    let directory: Descriptor

    /// The longest record that is read, 1 MiB; annotations are the only part that grows.
    private static let recordLimit = 1 << 20

    /// Takes the container's lock, which one command at a time holds until it ends: create, start, delete.
    ///
    /// Waits up to 10 s for another one. "container does not exist" when it was removed meanwhile.
    public func lock() throws(RuntimeError) {
        let deadline = KernelClock.monotonic() + .seconds(10)
        try step("state", "lock of container \(id)") { () throws(SyscallError) in
            while try !directory.tryLock() {
                if KernelClock.monotonic() > deadline { throw SyscallError("flock", path.description, errno: ETIMEDOUT) }
                // flock has no time limit and no event.
                _ = poll(nil, 0, 5)
            }
        }
        guard let here = try? path.status(), let opened = try? directory.status(), here.isSameFile(as: opened) else {
            throw StateDirectory.missing
        }
    }

    /// Whether some command holds the lock at this moment.
    func isLocked() -> Bool {
        // A second open file: a lock that this process holds itself must not be seen as free.
        guard let other = try? path.open([.read, .directory]), let free = try? other.tryLock() else { return false }
        return !free
    }

    // MARK: The record

    /// The record; nil where its making was interrupted before there was anything to record.
    public func record() throws(RuntimeError) -> ContainerRecord? {
        let bytes: [UInt8]
        do throws(SyscallError) {
            bytes = try openBeneath(directory, "state.json", .read).readAll(limit: ContainerFolder.recordLimit)
        } catch  where error.errno == ENOENT {
            return nil
        } catch {
            throw RuntimeError(step: "state", error)
        }
        do {
            return try JSON.decode(ContainerRecord.self, from: bytes)
        } catch {
            throw RuntimeError(step: "state", errno: EINVAL, text: "state of container \(id): \(error)")
        }
    }

    /// The record of a container that was made. "container does not exist" without one.
    public func existingRecord() throws(RuntimeError) -> ContainerRecord {
        guard let record = try record() else { throw StateDirectory.missing }
        return record
    }

    /// Puts the record on disk, the old one or the new one at every moment.
    public func write(_ record: ContainerRecord) throws(RuntimeError) {
        try step("state") { () throws(SyscallError) in
            try writeAtomically(JSON.encode(record), in: directory, name: Array("state.json".utf8), permissions: 0o600, durable: false)
        }
    }

    // MARK: The spec

    /// Keeps the spec as it is now: exec and delete go by it, whatever becomes of the bundle. `document` is its JSON where
    /// that is at hand.
    public func write(_ spec: RuntimeSpec, document: [UInt8]? = nil) throws(RuntimeError) {
        try step("state") { () throws(SyscallError) in
            let file = try openBeneath(directory, "config.json", [.write, .create, .truncate, .noFollow], permissions: 0o600)
            try file.writeAll(document ?? JSON.encode(spec))
        }
    }

    /// The spec that the container was made from.
    public func spec() throws(RuntimeError) -> RuntimeSpec { try Bundle.readSpec(path) }

    // MARK: The end

    /// Removes the folder with all that is in it. The lock must be held.
    public func remove() throws(RuntimeError) {
        // The record goes last: whoever is interrupted here can be finished by another delete. What else may lie here (a
        // write that was interrupted) has no meaning without it.
        try step("state") { () throws(SyscallError) in
            for name in ["config.json", ContainerFolder.socket, "state.json"] { try removeTree(in: directory, name) }
            do throws(SyscallError) { try path.rmdir() } catch  where error.errno == ENOTEMPTY { try path.removeTree() }
        }
    }
}
