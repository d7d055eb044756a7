// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The daemon's identity: made once, kept in the root, shown by info.

import WharfLinux

/// `<root>/engine-id`: one line with a random UUID (version 4).
enum EngineID {
    /// Reads the id, or makes one. A file with something else in it is replaced.
    static func readOrMake(_ root: HostPath) throws(SyscallError) -> String {
        let path = root / "engine-id"
        if try path.exists() {
            let text = String(decoding: try path.read(limit: 128).prefix { $0 != 0x0A }, as: UTF8.self)
            if text.utf8.count == 36, text.utf8.allSatisfy({ $0 == 0x2D || (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }) {
                return text
            }
        }
        var random = SystemRandomNumberGenerator()
        var bytes = (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text.append(UInt8(ascii: "-")) }
            text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
        try path.writeAtomically(text + [0x0A], permissions: 0o644)
        return String(decoding: text, as: UTF8.self)
    }
}
