// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Numeric addresses and networks, for the lists that say which hosts need no proxy or no TLS.

internal import Glibc

/// An IPv4 address (4 bytes) or an IPv6 address (16 bytes); an IPv4 address mapped into IPv6 is the IPv4 address.
public struct IPAddress: Sendable, Hashable {
    /// In the order of the network.
    public let bytes: [UInt8]

    /// Reads the usual text forms, without brackets or zone.
    public init?(_ text: String) {
        guard !text.utf8.contains(0) else { return nil }
        var four = in_addr()
        var sixteen = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            bytes = withUnsafeBytes(of: &four) { Array($0) }
        } else if inet_pton(AF_INET6, text, &sixteen) == 1 {
            let all = withUnsafeBytes(of: &sixteen) { Array($0) }
            let isMapped = all[..<10].allSatisfy { $0 == 0 } && all[10] == 0xFF && all[11] == 0xFF
            bytes = isMapped ? Array(all[12...]) : all
        } else {
            return nil
        }
    }

    /// 127.0.0.0/8 and ::1.
    public var isLoopback: Bool { bytes.count == 4 ? bytes[0] == 127 : bytes[15] == 1 && bytes[..<15].allSatisfy { $0 == 0 } }

    /// Addresses that name this machine or its own link: loopback, unspecified, 169.254.0.0/16, fe80::/10.
    public var isLocal: Bool {
        isLoopback || bytes.allSatisfy { $0 == 0 }
            || (bytes.count == 4 ? bytes[0] == 169 && bytes[1] == 254 : bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80)
    }
}

/// A network: an address and how many of its leading bits count.
public struct IPNetwork: Sendable, Hashable {
    private let address: IPAddress
    private let prefix: Int

    /// Reads `10.0.0.0/8`.
    public init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(String(Substring(parts[0]))),
            !parts[1].isEmpty, parts[1].allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let prefix = Int(Substring(parts[1])),
            prefix <= address.bytes.count * 8
        else { return nil }
        self.address = address
        self.prefix = prefix
    }

    public func contains(_ other: IPAddress) -> Bool {
        guard other.bytes.count == address.bytes.count else { return false }
        for bit in 0..<prefix where (other.bytes[bit / 8] ^ address.bytes[bit / 8]) & (0x80 >> (bit % 8)) != 0 { return false }
        return true
    }
}
