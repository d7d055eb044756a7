// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A version of the Engine API: in paths (`/v1.41/info`), in the Api-Version header, and the key of all shaping.

public import WharfError

/// `major.minor`, compared as numbers: 1.9 is older than 1.24.
public struct APIVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let major: Int
    public let minor: Int

    /// A version by its numbers.
    public init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Reads `1.41` and `v1.41`; nil for anything else.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        let digits = bytes.first == UInt8(ascii: "v") ? bytes[1...] : bytes[...]
        let parts = digits.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ (1...4).contains($0.count) && $0.allSatisfy(Self.isDigit) }),
            let major = Int(String(decoding: parts[0], as: UTF8.self)), let minor = Int(String(decoding: parts[1], as: UTF8.self))
        else { return nil }
        self.init(major, minor)
    }

    /// The newest version that is spoken, and the default for paths without one.
    public static let current = APIVersion(1, 56)
    /// The oldest version that is answered.
    public static let minimum = APIVersion(1, 24)

    public static func < (left: APIVersion, right: APIVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }

    /// `1.41`
    public var description: String { "\(major).\(minor)" }

    /// Throws `invalidArgument` with Docker's texts for a version that can't be answered.
    public func requireSupported() throws(WharfError) {
        if self < .minimum {
            throw WharfError(
                .invalidArgument,
                "client version \(self) is too old. Minimum supported API version is \(APIVersion.minimum), "
                    + "please upgrade your client to a newer version")
        }
        if self > .current {
            throw WharfError(
                .invalidArgument, "client version \(self) is too new. Maximum supported API version is \(APIVersion.current)")
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
