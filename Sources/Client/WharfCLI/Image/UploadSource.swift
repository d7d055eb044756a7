// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A file or stdin as the body of a request. Reads block, so each happens on a thread of its own; the next one is not
// made before the daemon has taken the last, which bounds what is in memory.

import WharfClient
import WharfLinux

/// Bodies from descriptors.
enum UploadSource {
    private static let chunk = 1 << 20

    /// The bytes of an open file, from where it stands to its end.
    static func body(_ descriptor: Descriptor) -> UploadBody {
        UploadBody { try await WorkerThread.run { try read(descriptor) } }
    }

    /// Stdin, which stays open.
    static func standardInput() throws -> UploadBody {
        let input = Descriptor(owning: 0)
        defer { _ = input.release() }
        return body(try input.duplicate())
    }

    private static func read(_ descriptor: Descriptor) throws -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: chunk)
        let count = try bytes.withUnsafeMutableBytes { try descriptor.read(into: $0) }
        if count == 0 { return nil }
        bytes.removeLast(chunk - count)
        return bytes
    }
}
