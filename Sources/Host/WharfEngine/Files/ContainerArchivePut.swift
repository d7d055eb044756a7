// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `PUT /containers/x/archive`: unpacks a tar archive in a directory of a container. It is decompressed here, in this process,
// before anything of the container is looked at.

import Glibc
import WharfArchive
import WharfBlocking
public import WharfDockerAPI
import WharfError
import WharfLinux

extension Containers {
    /// Unpacks an archive, compressed or not.
    ///
    /// - Parameter body: read as fast as it is unpacked.
    /// - Throws: `notFound` for container and path, `invalidArgument` for a path that is no directory and for a bad archive,
    ///   `forbidden` where the container may not write itself.
    public func extract<Body: AsyncSequence & Sendable>(
        _ reference: String, _ body: Body, options: ContainerArchivePutOptions
    ) async throws where Body.Element == [UInt8] {
        let path = try ContainerPath(options.path)
        try await withTree(reference, .whole) { [blocking, journal] record, root in
            try await blocking.reading(body, lane: .foreign(key: record.id, deadline: Self.copyDeadline)) { bridge in
                let placement = try Self.placement(path, reference, record, root, options)
                try Self.archiving("copy into container \(reference)") { () throws(ArchiveError) in
                    let source = try DecompressedSource(BridgeByteSource(bridge))
                    let directory = try Self.reading(root)
                    try Extractor(directory, whiteouts: .literal, placement: placement).extract(TarReader(source))
                }
                // What stands behind the archive's end is the client's, and wants to be taken.
                while try bridge.read() != nil {}
            }
            try await journal.write(durable: false, news: [.container(record, "extract-to-dir")]) { _ in }
        }
    }

    private static func reading(_ root: Descriptor) throws(ArchiveError) -> Descriptor {
        do throws(SyscallError) { return try openBelow(root, ".", [.read, .directory], resolve: [.beneath]) } catch {
            throw .system(entry: nil, error)
        }
    }

    /// Where entries go, if they may.
    private static func placement(
        _ path: ContainerPath, _ reference: String, _ record: ContainerRecord, _ root: Descriptor, _ options: ContainerArchivePutOptions
    ) throws(WharfError) -> ExtractPlacement {
        let resolved = ContainerPath.resolved(path.components, below: root)
        let bytes = Array(resolved.joined(separator: [UInt8(ascii: "/")]))
        let status = try finding(path, reference) { () throws(SyscallError) in
            try openBelow(root, bytes, .handle, resolve: [.inRoot, .noMagicLinks]).status()
        }
        guard status.kind == .directory else { throw WharfError(.invalidArgument, "extraction point is not a directory") }
        try checkWritable(resolved, record)
        var placement = ExtractPlacement(directory: bytes, keepsKinds: options.noOverwriteDirNonDir)
        if options.copyUIDGID, !record.config.user.isEmpty {
            do {
                let user = try UserLookup(RootFD(root)).resolve(record.config.user)
                placement.owner = (user.uid, user.gid)
            } catch {
                throw WharfError(.invalidArgument, "\(error)", cause: error)
            }
        }
        return placement
    }

    /// As the container itself: into a mount only if that is writable, elsewhere only if the root is.
    private static func checkWritable(_ path: [[UInt8]], _ record: ContainerRecord) throws(WharfError) {
        let holder = record.mounts.filter { path.starts(with: pathComponents($0.destination)) }
            .max { pathComponents($0.destination).count < pathComponents($1.destination).count }
        if let holder {
            guard !holder.isReadOnly else { throw WharfError(.forbidden, "mounted volume is marked read-only") }
        } else if record.hostConfig.readonlyRootfs {
            throw WharfError(.forbidden, "container rootfs is marked read-only")
        }
    }
}
