// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The query of `PUT /containers/{id}/archive`.

/// Where and how an archive is unpacked in a container.
public struct ContainerArchivePutOptions: Sendable, Equatable {
    /// A directory of the container.
    public var path = ""
    /// What is a directory stays one, and what is none does not become one.
    public var noOverwriteDirNonDir = false
    /// Everything belongs to the container's user instead of the owners in the archive.
    public var copyUIDGID = false

    public init(path: String = "", noOverwriteDirNonDir: Bool = false, copyUIDGID: Bool = false) {
        self.path = path
        self.noOverwriteDirNonDir = noOverwriteDirNonDir
        self.copyUIDGID = copyUIDGID
    }
}
