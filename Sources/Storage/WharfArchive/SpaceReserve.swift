// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A part of the file system that unpacking leaves free. A layer that fills the disk to its last block would also stop the
// database, without which nothing can be removed any more.

import Glibc
import WharfLinux

/// How much stays free, and when that is looked at.
public struct SpaceReserve: Sendable {
    /// Bytes, at most.
    private let bytes: Int64
    /// One of so many parts of the whole, at most.
    private let part: Int64
    /// Bytes and entries that may be written before the next look.
    private var allowance: Int64 = 0
    private var entries = 0

    private static let step: Int64 = 32 << 20
    private static let entryStep = 4096

    init(bytes: Int64, part: Int64) {
        self.bytes = bytes
        self.part = part
    }

    /// A hundredth of the file system, at most 256 MiB.
    public static let standard = SpaceReserve(bytes: 256 << 20, part: 100)
    /// Everything may be filled.
    public static let none = SpaceReserve(bytes: 0, part: 1)

    /// - Throws: ENOSPC when writing `count` bytes would go into the reserve.
    mutating func willWrite(_ count: Int64, to directory: Descriptor) throws(ArchiveError) {
        guard bytes > 0 else { return }
        entries -= 1
        allowance -= count
        guard allowance < 0 || entries < 0 else { return }
        let space = try system { () throws(SyscallError) in try directory.fileSystemSpace() }
        let free = space.available - min(bytes, space.total / part)
        guard free >= count else { throw .system(entry: nil, SyscallError("write", "into the free-space reserve", errno: ENOSPC)) }
        // Somebody else may write too: look again before half of it is gone.
        allowance = min(Self.step, (free - count) / 2)
        entries = Self.entryStep
    }
}
