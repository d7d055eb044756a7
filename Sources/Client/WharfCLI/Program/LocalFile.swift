// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Files that the user named on the command line.

import WharfLinux

/// Opens and reads files of the user, with Go's words when that fails.
enum LocalFile {
    /// The bytes of a file. Throws `open PATH: reason`.
    static func read(_ path: String, limit: Int) throws -> [UInt8] {
        do {
            return try HostPath(path).read(limit: limit)
        } catch {
            throw ExitError("open \(path): \(error.reason)")
        }
    }

    /// Opens a file for reading. Throws `open PATH: reason`.
    static func open(_ path: String) throws -> Descriptor {
        do {
            return try HostPath(path).open(.read)
        } catch {
            throw ExitError("open \(path): \(error.reason)")
        }
    }
}
