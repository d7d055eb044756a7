// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A content digest, `sha256:` and its hex. The key of every blob, image id and chain; compared on every read. Text
// from outside becomes a `Digest` only through the strict parser here.

public import WharfJSON

/// The hash of some bytes with the name of its algorithm (OCI image spec, descriptor.md, "Digests").
///
/// Only registered algorithms, lower-case hex and the exact length are accepted, so a digest is a safe path component.
public struct Digest: Sendable, Hashable, CustomStringConvertible {
    /// The registered algorithms.
    public enum Algorithm: String, Sendable, CaseIterable {
        case sha256
        case sha384
        case sha512

        /// The length of the hex text.
        public var hexLength: Int {
            switch self {
            case .sha256: 64
            case .sha384: 96
            case .sha512: 128
            }
        }
    }

    public let algorithm: Algorithm
    /// Lower-case hex of `algorithm.hexLength` digits.
    public let hex: String

    /// Reads `sha256:<hex>`; nil for anything else.
    public init?(_ text: String) { self.init(bytes: Array(text.utf8)) }

    /// Reads the text form from bytes; nil for anything else.
    public init?(bytes: some Collection<UInt8>) {
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
            let algorithm = Algorithm(rawValue: String(decoding: bytes[..<colon], as: UTF8.self))
        else { return nil }
        self.init(algorithm, hex: bytes[bytes.index(after: colon)...])
    }

    /// From the hex text alone; nil unless it is lower-case hex of the right length.
    public init?(_ algorithm: Algorithm = .sha256, hex: some Collection<UInt8>) {
        guard hex.count == algorithm.hexLength, hex.allSatisfy(isLowerHex) else { return nil }
        self.algorithm = algorithm
        self.hex = String(decoding: hex, as: UTF8.self)
    }

    /// From a finished hash of 32 bytes (sha256), 48 (sha384) or 64 (sha512); nil for another length.
    public init?(hash: some Sequence<UInt8>) {
        let bytes = Array(hash)
        guard let algorithm = Algorithm.allCases.first(where: { $0.hexLength == bytes.count * 2 })
        else { return nil }
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        self.algorithm = algorithm
        self.hex = String(decoding: text, as: UTF8.self)
    }

    /// `sha256:<hex>`.
    public var description: String { "\(algorithm.rawValue):\(hex)" }

    /// The first twelve hex digits: an id as people see it.
    public var short: String { String(hex.prefix(12)) }
}

func isLowerHex(_ byte: UInt8) -> Bool {
    (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
        || (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "f"))
}

extension Digest: JSONWritable, Decodable {
    public func write(to json: inout JSONWriter) { json.string(description) }

    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let digest = Digest(text) else { throw JSONError.invalid("\"\(text)\" is not a digest") }
        self = digest
    }
}
