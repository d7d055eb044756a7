// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Domain names as they are on the wire and as people write them. A name from a packet is hostile: labels are bytes, lengths
// are checked, and a compressed name can only point backwards.

/// A domain name: labels of 1 to 63 bytes, 255 bytes in all on the wire (RFC 1035, 2.3.4). Equal without regard to ASCII case.
public struct DomainName: Sendable, Hashable, CustomStringConvertible {
    /// The longest name on the wire, with its last zero byte.
    static let limit = 255
    /// The longest label.
    static let labelLimit = 63

    /// The first label first, in lower case; empty for the root.
    public let labels: [[UInt8]]

    /// The name of these labels; nil when one is empty or too long, or all of them are.
    public init?(labels: [[UInt8]]) {
        var size = 1
        for label in labels {
            guard !label.isEmpty, label.count <= DomainName.labelLimit else { return nil }
            size += 1 + label.count
        }
        guard size <= DomainName.limit else { return nil }
        self.labels = labels.map { $0.map(lowered) }
    }

    /// From text such as `db.backend` or `db.backend.`; a dot always parts labels. Nil for what can't be a name.
    public init?(_ text: String) {
        var bytes = Array(text.utf8)[...]
        if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
        if bytes.isEmpty {
            self.init(labels: [])
        } else {
            self.init(labels: bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map(Array.init))
        }
    }

    /// Reads a name from a packet. A pointer (RFC 1035, 4.1.4) must lead to before the name's own beginning.
    init(reading reader: inout PacketReader) throws(DNSError) {
        var labels: [[UInt8]] = []
        var size = 1
        var before = reader.position
        var end: Int?
        while true {
            let length = Int(try reader.byte())
            switch length >> 6 {
            case 0:
                if length == 0 {
                    if let end { reader.position = end }
                    self.labels = labels
                    return
                }
                size += 1 + length
                guard size <= DomainName.limit else { throw .malformed("a name of more than \(DomainName.limit) bytes") }
                labels.append(try reader.bytes(length).map(lowered))
            case 3:
                let target = (length & 0x3F) << 8 | Int(try reader.byte())
                if end == nil { end = reader.position }
                guard target < before else { throw .malformed("a name that points forwards") }
                before = target
                reader.position = target
            default: throw .malformed("a label of an unknown kind")
            }
        }
    }

    /// The name as it stands in a packet, uncompressed.
    var wire: [UInt8] { labels.flatMap { [UInt8($0.count)] + $0 } + [0] }

    /// With dots between the labels and none at the end; `.` for the root. Bytes that are not printable ASCII, dots and
    /// backslashes are `\\DDD` (RFC 4343, 2.1).
    public var description: String {
        if labels.isEmpty { return "." }
        return labels.map { label in
            label.map { byte in
                let isPlain = byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: ".") && byte != UInt8(ascii: "\\")
                return isPlain ? String(Character(Unicode.Scalar(byte))) : "\\" + String(1000 + Int(byte)).dropFirst()
            }.joined()
        }.joined(separator: ".")
    }
}

/// ASCII in lower case; other bytes as they are.
func lowered(_ byte: UInt8) -> UInt8 { byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte }
