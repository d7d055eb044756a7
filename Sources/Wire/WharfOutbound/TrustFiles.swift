// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The administrator's files that say whom to trust: certificates, keys, and what stands beside them. Small, bounded, and read on
// a thread that may block.

internal import NIOPosix
public import WharfError
internal import WharfLinux

/// Reads a folder of small files.
public enum TrustFiles {
    /// The longest file that is read.
    public static let fileLimit = 4 << 20
    /// The most files of one folder.
    public static let countLimit = 256

    /// The names and contents of the regular files in `folder` that `wanted` picks by name, in order of names; nil when there is
    /// no such folder.
    ///
    /// Throws `invalidArgument` for what can't be read or is too much.
    public static func read(
        folder: String, wanted: @escaping @Sendable (String) -> Bool
    ) async throws(WharfError) -> [(name: String, bytes: [UInt8])]? {
        try await blocking("read \(folder)") { () throws(SyscallError) in
            let path = HostPath(folder)
            guard try path.exists() else { return nil }
            let names = try path.entries().map { String(decoding: $0.name, as: UTF8.self) }.filter(wanted).sorted()
            return try names.prefix(countLimit).map { name throws(SyscallError) in (name, try (path / name).read(limit: fileLimit)) }
        }
    }

    /// The bytes of one file.
    ///
    /// Throws `invalidArgument` when it can't be read.
    public static func read(file: String) async throws(WharfError) -> [UInt8] {
        try await blocking("read \(file)") { () throws(SyscallError) in try HostPath(file).read(limit: fileLimit) }
    }

    private static func blocking<T: Sendable>(
        _ what: String, _ body: @escaping @Sendable () throws(SyscallError) -> T
    ) async throws(WharfError) -> T {
        do {
            return try await NIOThreadPool.singleton.runIfActive { try body() }
        } catch let error as SyscallError {
            throw WharfError(.invalidArgument, "\(what): \(error.reason)", cause: error, errno: error.errno)
        } catch is CancellationError {
            throw WharfError(.cancelled, "\(what): cancelled")
        } catch {
            throw WharfError(.internal, "\(what): \(error)", cause: error)
        }
    }
}
