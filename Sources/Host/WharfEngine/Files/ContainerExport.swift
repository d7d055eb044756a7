// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `GET /containers/x/export`: the whole root file system as a tar archive, without what is mounted in it.

import WharfArchive
import WharfBlocking
import WharfError
import WharfLinux

extension Containers {
    /// Writes the root file system as a tar archive.
    ///
    /// - Parameter write: gets the archive in the client's pace; when it throws the work ends.
    /// - Throws: `notFound`, `conflict` for a container that is being removed; before the first byte.
    public func export(_ reference: String, write: @escaping @Sendable ([UInt8]) async throws -> Void) async throws {
        try await withTree(reference, .own) { [blocking, journal] record, root in
            try await blocking.writing(to: write, lane: .foreign(key: record.id, deadline: Self.copyDeadline)) { bridge in
                try Self.archiving("export container \(reference)") { () throws(ArchiveError) in
                    let sink = BridgeByteSink(bridge)
                    try TreeWriter(to: sink).write(directory: root, as: [])
                    try sink.flush()
                }
            }
            try await journal.write(durable: false, news: [.container(record, "export")]) { _ in }
        }
    }
}
