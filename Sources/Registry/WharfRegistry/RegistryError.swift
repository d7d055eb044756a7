// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the registry refuses, in the words of the distribution spec ("Error codes"), and what its storage can't do.

import Glibc
import WharfContent
import WharfError
import WharfLinux

/// An error with the code that clients look at.
public struct RegistryError: Error, Sendable, CustomStringConvertible {
    /// The codes of the specification, and those that the distribution project added.
    public enum Code: String, Sendable {
        case blobUnknown = "BLOB_UNKNOWN"
        case blobUploadInvalid = "BLOB_UPLOAD_INVALID"
        case blobUploadUnknown = "BLOB_UPLOAD_UNKNOWN"
        case digestInvalid = "DIGEST_INVALID"
        case manifestBlobUnknown = "MANIFEST_BLOB_UNKNOWN"
        case manifestInvalid = "MANIFEST_INVALID"
        case manifestUnknown = "MANIFEST_UNKNOWN"
        case nameInvalid = "NAME_INVALID"
        case nameUnknown = "NAME_UNKNOWN"
        case rangeInvalid = "RANGE_INVALID"
        case sizeInvalid = "SIZE_INVALID"
        case tagInvalid = "TAG_INVALID"
        case unauthorized = "UNAUTHORIZED"
        case denied = "DENIED"
        case unsupported = "UNSUPPORTED"
        case tooManyRequests = "TOOMANYREQUESTS"
        case unavailable = "UNAVAILABLE"
        case unknown = "UNKNOWN"
    }

    public let code: Code
    /// What and which, lower case, without a full stop.
    public let message: String
    /// Kept for the log.
    public let cause: (any Error)?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String { message }

    /// The answer's status.
    var status: Int {
        switch code {
        case .blobUnknown, .blobUploadUnknown, .manifestUnknown, .nameUnknown: 404
        case .blobUploadInvalid, .digestInvalid, .manifestBlobUnknown, .manifestInvalid, .nameInvalid, .sizeInvalid, .tagInvalid: 400
        case .rangeInvalid: 416
        case .unauthorized: 401
        case .denied: 403
        case .unsupported: 405
        case .tooManyRequests: 429
        case .unavailable: 503
        case .unknown: 500
        }
    }
}

extension RegistryError {
    /// Storage failed at a system call. A full disk is said to be one: whoever pushes can't mend it, whoever runs it can.
    init(storage what: String, _ error: SyscallError) {
        self.init(
            error.errno == ENOSPC || error.errno == EDQUOT ? .unavailable : .unknown, "storage: \(what): \(error.reason)", cause: error)
    }

    /// Storage failed.
    init(_ error: ContentError) {
        switch error {
        case .notFound(let digest): self.init(.blobUnknown, "blob \(digest) is not here", cause: error)
        case .digestMismatch: self.init(.digestInvalid, "\(error)", cause: error)
        case .sizeMismatch: self.init(.sizeInvalid, "\(error)", cause: error)
        case .system(let error): self.init(storage: "blobs", error)
        case .invalidKey, .busy, .closed, .abandoned, .tooLarge: self.init(.blobUploadInvalid, "\(error)", cause: error)
        }
    }
}

/// Runs work on files.
func storing<Result>(_ what: String, _ body: () throws(SyscallError) -> Result) throws(RegistryError) -> Result {
    do throws(SyscallError) { return try body() } catch { throw RegistryError(storage: what, error) }
}

/// Runs work on blobs.
func content<Result>(_ body: () throws(ContentError) -> Result) throws(RegistryError) -> Result {
    do throws(ContentError) { return try body() } catch { throw RegistryError(error) }
}
