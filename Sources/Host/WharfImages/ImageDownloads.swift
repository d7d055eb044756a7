// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Unfinished downloads wait on disk for their next attempt, also over a restart: until they are old, until there are too many
// bytes of them, or until the disk is nearly full. The oldest go first; what is under way stays.

import Logging
import WharfBlocking
import WharfContent
import WharfError
public import WharfJSON
import WharfLinux

extension ImageStore {
    private static let downloadMark = "download-"

    /// Removes what waited for too long or takes too much room. Called now and then.
    ///
    /// - Returns: bytes that became free.
    @discardableResult
    public func collectDownloads(now: Timestamp = .now()) async throws -> Int64 {
        try await blocking.own { [self] in
            try converting("unfinished downloads") {
                let age = settings.downloadAge.components.seconds
                var freed = try discardDownloads { $0.modified < now.seconds - age }
                let space = try root.map { try $0.openDirectory().fileSystemSpace() }
                let limit = settings.keptDownloads ?? space.map { min($0.total / 10, 10 << 30) } ?? .max
                let reserve = settings.freeSpace ?? space.map { min($0.total / 20, 2 << 30) } ?? 0
                var kept = try downloads().reduce(0) { $0 + $1.offset }
                var free = space?.available ?? .max
                for download in try downloads().sorted(by: { $0.modified < $1.modified }) where kept > limit || free < reserve {
                    let gone = try discardDownloads { $0.key == download.key }
                    freed += gone
                    kept -= gone
                    free += free == .max ? 0 : gone
                }
                return freed
            }
        }
    }

    /// Unfinished downloads, also those under way. Blocks.
    func downloads() throws -> [IngestStatus] { try content.ingests().filter { $0.key.utf8.starts(with: Self.downloadMark.utf8) } }

    /// Drops unfinished downloads that nobody works on. Blocks.
    ///
    /// - Returns: their bytes.
    func discardDownloads(_ isUnwanted: (IngestStatus) -> Bool) throws -> Int64 {
        try content.discardIngests { $0.key.utf8.starts(with: Self.downloadMark.utf8) && isUnwanted($0) }.reduce(0) { $0 + $1.offset }
    }
}
