// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `HEAD` and `GET /containers/x/archive`: what stands at a path of a container, and it with everything below as a tar archive.
// Nothing of the container is run, and no library of it loaded: only its files are read.

import Glibc
import WharfArchive
import WharfBlocking
public import WharfDockerAPI
import WharfError
import WharfLinux

extension Containers {
    /// What stands at a path.
    ///
    /// - Throws: `notFound` for container and path, `invalidArgument` for no path.
    public func pathStat(_ reference: String, path text: String) async throws -> ContainerPathStat {
        let path = try ContainerPath(text)
        return try await withTree(reference, .whole) { [blocking] record, root in
            try await blocking.foreign(key: record.id, deadline: Self.lookDeadline) {
                try Self.finding(path, reference) { () throws(SyscallError) in
                    ContainerPathStat(path, try path.look(below: root).status, below: root)
                }
            }
        }
    }

    /// Writes what stands at a path as a tar archive, its first entry named as the path's last component.
    ///
    /// - Parameter write: gets the archive in the client's pace; when it throws the work ends.
    /// - Throws: as `pathStat`, before the first byte.
    public func archive(_ reference: String, path text: String, write: @escaping @Sendable ([UInt8]) async throws -> Void) async throws {
        let path = try ContainerPath(text)
        try await withTree(reference, .whole) { [blocking, journal] record, root in
            try await blocking.writing(to: write, lane: .foreign(key: record.id, deadline: Self.copyDeadline)) { bridge in
                let (handle, status) = try Self.finding(path, reference) { () throws(SyscallError) in try path.look(below: root) }
                try Self.archiving("copy \(path.text) out of container \(reference)") { () throws(ArchiveError) in
                    let sink = BridgeByteSink(bridge)
                    let tar = TreeWriter(to: sink)
                    if status.kind == .directory {
                        try tar.write(directory: handle, as: path.name)
                    } else {
                        // The name again, and not the handle: a link or device is written as what it is in its directory.
                        try tar.write(path.components.last ?? [], in: try Self.parent(of: path, below: root), as: path.name)
                    }
                    try sink.flush()
                }
            }
            try await journal.write(durable: false, news: [.container(record, "archive-path")]) { _ in }
        }
    }

    private static func parent(of path: ContainerPath, below root: Descriptor) throws(ArchiveError) -> Descriptor {
        do throws(SyscallError) { return try path.parent(below: root) } catch { throw .system(entry: nil, error) }
    }

    /// Converts a failed lookup.
    static func finding<Result>(
        _ path: ContainerPath, _ reference: String, _ body: () throws(SyscallError) -> Result
    ) throws(WharfError) -> Result {
        do { return try body() } catch  where [ENOENT, ENOTDIR].contains(error.errno) {
            throw WharfError(.notFound, "Could not find the file \(path.text) in container \(reference)", cause: error)
        } catch {
            throw WharfError(.internal, "\(path.text) in container \(reference)", error)
        }
    }

    static func archiving(_ what: String, _ body: () throws(ArchiveError) -> Void) throws(WharfError) {
        do { try body() } catch {
            // The words of who is in the way, without a frame around them.
            if case .stream(let inner as WharfError) = error { throw inner }
            throw error.wharfError(what)
        }
    }
}
