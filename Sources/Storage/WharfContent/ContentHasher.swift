// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Hashing as bytes go by. The one place that knows the crypto package; everybody else sees `Digest`.

import WharfLinux
import struct Crypto.SHA256
import struct Crypto.SHA384
import struct Crypto.SHA512
public import WharfOCI

/// A running hash in one of the registered algorithms.
public struct ContentHasher: Sendable {
    private enum State: Sendable {
        case sha256(SHA256)
        case sha384(SHA384)
        case sha512(SHA512)
    }
    private var state: State
    public let algorithm: Digest.Algorithm
    /// Bytes hashed.
    public private(set) var count: Int64 = 0

    public init(_ algorithm: Digest.Algorithm = .sha256) {
        self.algorithm = algorithm
        switch algorithm {
        case .sha256: state = .sha256(SHA256())
        case .sha384: state = .sha384(SHA384())
        case .sha512: state = .sha512(SHA512())
        }
    }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        count += Int64(bytes.count)
        switch state {
        case .sha256(var hash):
            hash.update(bufferPointer: bytes)
            state = .sha256(hash)
        case .sha384(var hash):
            hash.update(bufferPointer: bytes)
            state = .sha384(hash)
        case .sha512(var hash):
            hash.update(bufferPointer: bytes)
            state = .sha512(hash)
        }
    }

    /// The digest of everything so far; hashing may go on.
    public var digest: Digest {
        let hash: [UInt8] =
            switch state {
            case .sha256(let hash): Array(hash.finalize())
            case .sha384(let hash): Array(hash.finalize())
            case .sha512(let hash): Array(hash.finalize())
            }
        guard let digest = Digest(hash: hash) else { preconditionFailure("a hash of \(hash.count) bytes") }
        return digest
    }

    /// The digest of some bytes.
    public static func digest(of bytes: some Sequence<UInt8>, _ algorithm: Digest.Algorithm = .sha256) -> Digest {
        var hasher = ContentHasher(algorithm)
        Array(bytes).withRawBytes { hasher.update($0) }
        return hasher.digest
    }
}
