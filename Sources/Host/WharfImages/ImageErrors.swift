// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The boundary of the noun: every store's error becomes a WharfError here, with the operation in front.

import WharfArchive
import WharfContent
import WharfError
import WharfJSON
import WharfLinux
import WharfMetadata
import WharfOCI
import WharfSnapshots

/// Runs `body`; whatever it throws comes out as `WharfError`, with `what` (the operation and object) in front.
func converting<Result>(_ what: @autoclosure () -> String, _ body: () throws -> Result) throws(WharfError) -> Result {
    do { return try body() } catch { throw asWharfError(error, what()) }
}

/// The noun's error for any error of the stores below.
func asWharfError(_ error: any Error, _ what: String) -> WharfError {
    switch error {
    case let error as WharfError: error
    case let error as BlobMismatch: error.error
    case let error as ArchiveError: error.wharfError(what)
    case let error as ContentError: error.wharfError(what)
    case let error as SnapshotError: error.wharfError(what)
    case let error as MetadataError: WharfError(error)
    case let error as SyscallError: WharfError(nil, what, error)
    case let error as JSONError: WharfError(.invalidArgument, "\(what): \(error)", cause: error)
    case let error as ReferenceError: WharfError(.invalidArgument, error.description, cause: error)
    case is CancellationError: WharfError(.cancelled, "\(what): cancelled", cause: error)
    default: WharfError(.internal, "\(what): \(error)", cause: error)
    }
}
