// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One member of a tar archive, as a value; names are bytes from end to end.

/// An entry's metadata. The data, of files only, follows in the stream.
public struct TarEntry: Sendable, Equatable {
    /// The kinds that have a meaning in a layer.
    public enum Kind: Sendable, Equatable {
        case file
        case directory
        case symlink
        /// Another name for an entry that stands before it in the archive: `linkName` is a path from the archive's root.
        case hardLink
        case characterDevice(major: UInt32, minor: UInt32)
        case blockDevice(major: UInt32, minor: UInt32)
        case fifo
    }

    /// As it stands in the archive: may begin with `./` or `/`, end in `/`, hold `..` or any byte but NUL.
    public var name: [UInt8]
    public var kind: Kind
    /// 0...0o7777.
    public var permissions: UInt32
    public var uid: UInt32
    public var gid: UInt32
    public var userName: [UInt8]
    public var groupName: [UInt8]
    /// Bytes of data, holes included; 0 for all kinds but files.
    public var size: Int64
    /// The archive leaves the file's holes out (`TarReader.readExtents`).
    public var isSparse = false
    /// Seconds since 1970, also negative.
    public var modifiedSeconds: Int64
    public var modifiedNanoseconds: Int64
    /// A link's target.
    public var linkName: [UInt8]
    /// Names with values, sorted by name.
    public var attributes: [Attribute]

    /// An extended attribute.
    public struct Attribute: Sendable, Equatable {
        public var name: [UInt8]
        public var value: [UInt8]

        public init(name: [UInt8], value: [UInt8]) {
            self.name = name
            self.value = value
        }
    }

    public init(
        _ name: [UInt8], kind: Kind = .file, permissions: UInt32 = 0o644, uid: UInt32 = 0, gid: UInt32 = 0, size: Int64 = 0,
        modifiedSeconds: Int64 = 0, modifiedNanoseconds: Int64 = 0, linkName: [UInt8] = [], attributes: [Attribute] = []
    ) {
        self.name = name
        self.kind = kind
        self.permissions = permissions
        self.uid = uid
        self.gid = gid
        userName = []
        groupName = []
        self.size = size
        self.modifiedSeconds = modifiedSeconds
        self.modifiedNanoseconds = modifiedNanoseconds
        self.linkName = linkName
        self.attributes = attributes
    }
}

/// What an archive may cost its reader.
public struct ArchiveLimits: Sendable {
    /// Entries in all.
    public var entries: Int
    /// Bytes of data in all, decompressed.
    public var bytes: Int64
    /// Bytes of pax records or long names for one entry.
    public var metadata: Int

    public init(entries: Int, bytes: Int64, metadata: Int) {
        self.entries = entries
        self.bytes = bytes
        self.metadata = metadata
    }

    /// Above every honest layer: 4 million entries, 1 TiB, 1 MiB of metadata for one entry.
    public static let layer = ArchiveLimits(entries: 4_000_000, bytes: 1 << 40, metadata: 1 << 20)
}

/// The longest name or link target: the kernel's PATH_MAX without the NUL.
let nameLimit = 4095
