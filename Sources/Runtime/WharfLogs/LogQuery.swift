// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a reader of a log wants, in the terms of `docker logs`.

public import WharfJSON

/// Which entries to read.
public struct LogQuery: Sendable, Equatable {
    public var stdout = true
    public var stderr = true
    /// Entries at this time and later.
    public var since: Timestamp?
    /// Entries before or at this time; reading ends with the first later one.
    public var until: Timestamp?
    /// Begin with this many entries before the end, counted before any other condition (as dockerd does); nil: all.
    public var tail: Int?

    public init(stdout: Bool = true, stderr: Bool = true, since: Timestamp? = nil, until: Timestamp? = nil, tail: Int? = nil) {
        (self.stdout, self.stderr, self.since, self.until, self.tail) = (stdout, stderr, since, until, tail)
    }
}

/// A place in a log to go on from later, also by another reader: a file by its inode, and a byte in it.
public struct LogPosition: Sendable, Equatable {
    public var inode: UInt64
    public var offset: Int64

    public init(inode: UInt64, offset: Int64) { (self.inode, self.offset) = (inode, offset) }
}
