// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Whole small blobs in one call: manifests, configs and what tests use.

import WharfLinux
public import WharfOCI

extension BlobStore {
    /// Writes some bytes as a blob, flushed to the disk.
    ///
    /// - Parameter digest: checked if given.
    @discardableResult
    public func put(_ bytes: [UInt8], digest: Digest? = nil) throws(ContentError) -> BlobStatus {
        let status = BlobStatus(digest: digest ?? ContentHasher.digest(of: bytes), size: Int64(bytes.count))
        let ingest = try ingest("put-\(status.digest.algorithm.rawValue)-\(status.digest.hex)")
        do throws(ContentError) {
            try ingest.restart()
            try bytes.withRawBytes { bytes throws(ContentError) -> Void in try ingest.write(bytes) }
            _ = try ingest.seal(digest: status.digest, size: status.size)
            try publish([ingest], synchronized: false)
        } catch {
            // The first error is the one to tell; what stays is dropped with the other left-overs at start.
            try? ingest.discard()
            throw error
        }
        return status
    }

    /// A blob's bytes. - Throws: `tooLarge` over `limit` bytes.
    public func readAll(_ digest: Digest, limit: Int) throws(ContentError) -> [UInt8] {
        try open(digest).readAll(digest, limit: limit)
    }
}

extension BlobReader {
    /// All bytes. - Throws: `tooLarge` over `limit` bytes.
    public func readAll(_ digest: Digest, limit: Int) throws(ContentError) -> [UInt8] {
        guard size <= limit else { throw .tooLarge(digest, limit: limit) }
        var bytes = [UInt8](repeating: 0, count: Int(size))
        var done = 0
        while done < bytes.count {
            let count = try bytes.withMutableRawBytes { buffer throws(ContentError) -> Int in
                try read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[done...]), at: Int64(done))
            }
            if count == 0 { throw .sizeMismatch(expected: size, found: Int64(done)) }
            done += count
        }
        return bytes
    }
}
