// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `GET /containers/x/changes`: what a container has that its image has not, and the other way round. Nothing is mounted for it.

import WharfBlocking
public import WharfDockerAPI
import WharfError
import WharfLinux
import WharfShimProtocol

extension Containers {
    /// Changed, added and deleted paths, sorted.
    ///
    /// - Throws: `notFound`, `notImplemented` for a driver that keeps no differences.
    public func changes(_ reference: String) async throws -> [FilesystemChange] {
        let record = try table.resolve(reference)
        guard let mount = try await images.rootMounts(record.id).first, mount.kind == .overlay else {
            throw WharfError(.notImplemented, "the storage driver keeps no differences")
        }
        return try await blocking.foreign(key: record.id, deadline: .seconds(600)) {
            do throws(SyscallError) {
                var lowers: [Descriptor] = []
                for path in mount.lower { lowers.append(try HostPath(path).open([.handle, .directory])) }
                return try LayerChanges.find(upper: try HostPath(mount.upper).openDirectory(), lowers: lowers)
            } catch {
                throw WharfError(.internal, "compare the files of container \(record.id)", error)
            }
        }
    }
}
