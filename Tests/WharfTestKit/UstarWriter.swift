// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A few lines of ustar for fixtures. It is not the product's writer on purpose: an archive that both wrote and read with
// the same code proves little. A header is 512 bytes of text fields at fixed places; the data follows, padded to 512.

/// Builds an archive in memory.
public struct UstarWriter: Sendable {
    /// What an entry is.
    public enum Kind: UInt8, Sendable {
        case file = 0x30
        case hardLink = 0x31
        case symbolicLink = 0x32
        case characterDevice = 0x33
        case directory = 0x35
        case fifo = 0x36
    }

    private var bytes: [UInt8] = []

    public init() {}

    public mutating func directory(_ path: String, mode: Int = 0o755) {
        add(.directory, path + "/", mode: mode)
    }

    public mutating func file(_ path: String, _ data: [UInt8], mode: Int = 0o644) {
        add(.file, path, mode: mode, data: data)
    }

    public mutating func symbolicLink(_ path: String, to target: String) {
        add(.symbolicLink, path, mode: 0o777, target: target)
    }

    /// Any entry; the name goes in as it is, so that hostile archives can be made.
    public mutating func add(
        _ kind: Kind, _ path: String, mode: Int, uid: Int = 0, gid: Int = 0, target: String = "", data: [UInt8] = [],
        device: (major: Int, minor: Int) = (0, 0)
    ) {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            for (index, byte) in text.utf8.enumerated() { header[offset + index] = byte }
        }
        func octal(_ value: Int, at offset: Int, digits: Int) {
            let text = String(value, radix: 8)
            put(String(repeating: "0", count: digits - text.count) + text, at: offset)
        }
        put(path, at: 0)
        octal(mode, at: 100, digits: 7)
        octal(uid, at: 108, digits: 7)
        octal(gid, at: 116, digits: 7)
        octal(data.count, at: 124, digits: 11)
        octal(0, at: 136, digits: 11)
        header[156] = kind.rawValue
        put(target, at: 157)
        put("ustar\u{0}00", at: 257)
        octal(device.major, at: 329, digits: 7)
        octal(device.minor, at: 337, digits: 7)
        put("        ", at: 148)
        octal(header.reduce(0) { $0 + Int($1) }, at: 148, digits: 6)
        header[154] = 0
        bytes += header
        bytes += data
        bytes += [UInt8](repeating: 0, count: (512 - data.count % 512) % 512)
    }

    /// The archive, with its two empty blocks at the end.
    public func finish() -> [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }
}
