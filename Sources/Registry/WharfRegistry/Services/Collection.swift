// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Space comes back while the registry serves: links that no manifest made use of in time, then blobs that nobody has. A blob
// that is being pushed is pinned, and one that somebody asked for lately has a young link.

import WharfContent
import WharfLinux
import WharfOCI
import WharfSQLite

/// What a collection gave back.
public struct CollectedSpace: Sendable, Equatable {
    public var blobs = 0
    /// Of the blobs.
    public var bytes: Int64 = 0
}

extension RegistryStore {
    /// Collects what nobody has.
    ///
    /// - Parameter grace: how long a blob without a manifest is kept for its pusher, in seconds.
    public func collect(grace: Int64) async throws(RegistryError) -> CollectedSpace {
        let limit = RegistryStore.now() - grace
        try await storage { [self] in
            try index.write(durable: false) { connection in
                _ = try connection.execute("DELETE FROM links WHERE time < ?", .integer(limit))
            }
        }
        return try await storage { [self] in
            var space = CollectedSpace()
            for blob in try blobs.list() where try deleteUnpinned(blob.digest) {
                space.blobs += 1
                space.bytes += blob.size
            }
            return space
        }
    }
}

extension RegistryStore {
    /// Reads every blob and compares it with its digest. - Returns: what is wrong, in words.
    func check() async throws(RegistryError) -> [String] {
        try await storage { [self] in
            var findings: [String] = []
            for blob in try blobs.list() {
                var hasher = ContentHasher(blob.digest.algorithm)
                let reader = try blobs.open(blob.digest)
                var buffer = [UInt8](repeating: 0, count: 1 << 20)
                var offset: Int64 = 0
                while true {
                    let count = try buffer.withMutableRawBytes { buffer throws(ContentError) -> Int in
                        try reader.read(into: buffer, at: offset)
                    }
                    if count == 0 { break }
                    buffer.withRawBytes { hasher.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
                    offset += Int64(count)
                }
                let found = hasher.digest
                if found != blob.digest { findings.append("blob \(blob.digest) holds other bytes: \(found)") }
            }
            let manifests = try index.read { connection in
                try connection.rows("SELECT name, digest FROM manifests JOIN repositories ON id = repository ORDER BY name, digest")
            }
            for row in manifests {
                guard let name = row.text(0), let digest = row.text(1).flatMap(Digest.init) else { continue }
                if try blobs.status(digest) == nil { findings.append("manifest \(digest) of repository \(name) is gone") }
            }
            return findings
        }
    }
}
