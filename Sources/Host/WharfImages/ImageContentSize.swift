// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What an image's blobs take, beside its unpacked layers.

import Synchronization
import WharfBlocking
import WharfContent
import WharfError
public import WharfOCI

extension ImageStore {
    /// Bytes of the blobs that an image needs, each once, and whether all of them are here.
    ///
    /// - Throws: `notFound` for an image that is gone.
    public func contentSize(_ id: Digest) async throws -> (bytes: Int64, isComplete: Bool) {
        guard let record = table.withLock({ $0.images[id] }) else { throw WharfError(.notFound, "No such image: \(id)") }
        return try await blocking.own { [content] in
            try converting("content of \(id)") {
                var (bytes, isComplete) = (Int64(0), true)
                for blob in Set(record.blobs) {
                    if let status = try content.status(blob) { bytes += status.size } else { isComplete = false }
                }
                return (bytes, isComplete)
            }
        }
    }
}
