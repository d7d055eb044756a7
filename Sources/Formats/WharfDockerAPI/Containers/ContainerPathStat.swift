// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What stands at a path of a container: JSON in base64, in the header X-Docker-Container-Path-Stat of archive answers.

public import WharfJSON

/// lstat(2) of a path, in Go's words.
public struct ContainerPathStat: Sendable, Equatable, Decodable, JSONWritable {
    /// The last component; `/` for the root, `.` where the path ends so.
    public var name: String
    public var size: Int64
    /// Go's FileMode: permissions, and the kind in the upper bits.
    public var mode: UInt32
    public var mtime: Timestamp
    /// Where a symbolic link leads, as an absolute path of the container; empty for what is none.
    public var linkTarget: String

    /// All fields, in the order of Docker's document.
    public init(name: String = "", size: Int64 = 0, mode: UInt32 = 0, mtime: Timestamp = .zero, linkTarget: String = "") {
        self.name = name
        self.size = size
        self.mode = mode
        self.mtime = mtime
        self.linkTarget = linkTarget
    }

    /// The header's name.
    public static let header = "X-Docker-Container-Path-Stat"

    /// Go's bit for a directory (io/fs, ModeDir).
    public static let directory: UInt32 = 1 << 31
    /// Go's bit for a symbolic link.
    public static let symlink: UInt32 = 1 << 27

    public var isDirectory: Bool { mode & Self.directory != 0 }
    public var isSymlink: Bool { mode & Self.symlink != 0 }

    private enum CodingKeys: String, CodingKey { case name, size, mode, mtime, linkTarget }

    /// Docker's keys.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("name", name)
            o.field("size", size)
            o.field("mode", mode)
            o.field("mtime", mtime)
            o.field("linkTarget", linkTarget)
        }
    }

    /// The header's value.
    public var headerValue: String { Base64Bytes(JSON.encode(self)).text }

    /// Reads the header's value; nil for what is none.
    public init?(headerValue: String) {
        // nil is the answer to what can't be read.
        guard let bytes = Base64Bytes(lenient: headerValue)?.bytes, let stat = try? JSON.decode(ContainerPathStat.self, from: bytes) else {
            return nil
        }
        self = stat
    }
}
