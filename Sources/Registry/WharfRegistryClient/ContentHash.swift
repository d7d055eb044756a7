// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The digest of a document in memory, which a registry's word is checked against.

internal import Crypto
internal import WharfOCI

/// Hashes whole documents.
enum ContentHash {
    /// The digest of `bytes` in the algorithm of `digest`, and whether it is that one.
    static func matches(_ bytes: [UInt8], _ digest: WharfOCI.Digest) -> Bool { of(bytes, digest.algorithm) == digest }

    /// The digest of `bytes`.
    static func of(_ bytes: [UInt8], _ algorithm: WharfOCI.Digest.Algorithm) -> WharfOCI.Digest? {
        switch algorithm {
        case .sha256: WharfOCI.Digest(hash: SHA256.hash(data: bytes))
        case .sha384: WharfOCI.Digest(hash: SHA384.hash(data: bytes))
        case .sha512: WharfOCI.Digest(hash: SHA512.hash(data: bytes))
        }
    }
}
