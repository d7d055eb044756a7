// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The short name of a shim's socket: a path in sockaddr_un holds at most 107 bytes, and ids are long.

/// Names in exec-root/s.
enum ShimSocketName {
    /// 16 hexadecimal digits: FNV-1a of the id, 64 bits. Ids are random, so nobody can aim for a collision.
    static func name(for containerID: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in containerID.utf8 {
            hash ^= UInt64(byte)
            hash = hash &* 0x100_0000_01b3
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
