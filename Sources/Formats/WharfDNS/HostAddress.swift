// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// An IPv4 or IPv6 address in a record, and the names under which addresses are asked for backwards.

/// An address: 4 or 16 bytes, the first one first.
public struct HostAddress: Sendable, Hashable {
    public let bytes: [UInt8]

    /// Nil unless there are 4 or 16 bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = Array(bytes)
    }

    public var isIPv4: Bool { bytes.count == 4 }

    /// The address that a name of in-addr.arpa (RFC 1035, 3.5) or ip6.arpa (RFC 3596, 2.5) stands for; nil for others.
    init?(reverse name: DomainName) {
        let labels = name.labels
        let zone = labels.suffix(2)
        if zone.elementsEqual([Array("in-addr".utf8), Array("arpa".utf8)]), labels.count == 6 {
            let parts = labels.prefix(4).reversed().compactMap(HostAddress.decimal)
            guard parts.count == 4 else { return nil }
            bytes = parts
        } else if zone.elementsEqual([Array("ip6".utf8), Array("arpa".utf8)]), labels.count == 34 {
            let digits = labels.prefix(32).reversed().compactMap(HostAddress.digit)
            guard digits.count == 32 else { return nil }
            bytes = stride(from: 0, to: 32, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
        } else {
            return nil
        }
    }

    /// 0 to 255 without leading zeros.
    private static func decimal(_ label: [UInt8]) -> UInt8? {
        guard label.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }), label.count == 1 || label.first != UInt8(ascii: "0")
        else { return nil }
        return UInt8(String(decoding: label, as: UTF8.self))
    }

    private static func digit(_ label: [UInt8]) -> UInt8? {
        guard label.count == 1 else { return nil }
        switch label[0] {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return label[0] - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): return label[0] - UInt8(ascii: "a") + 10
        default: return nil
        }
    }
}
