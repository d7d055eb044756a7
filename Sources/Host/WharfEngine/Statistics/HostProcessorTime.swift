// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the host's processors have done since it started: what a container's share is a share of.

import Glibc
import WharfLinux

/// The line `cpu` of /proc/stat, and how many processors there are.
struct HostProcessorTime: Sendable, Equatable {
    /// Nanoseconds of all processors together, idle ones included.
    let total: UInt64
    let online: UInt32

    /// From the text of /proc/stat: the first seven columns, as Docker adds them up (guest time is in user time already).
    ///
    /// - Parameter ticks: clock ticks a second.
    init(_ text: String, ticks: UInt64) {
        var total: UInt64 = 0
        var online: UInt32 = 0
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) where line.starts(with: "cpu".utf8) {
            let words = line.split(separator: UInt8(ascii: " "))
            guard let name = words.first else { continue }
            if name.count > 3 {
                online += 1
            } else {
                total = words.dropFirst().prefix(7).reduce(0) { $0 &+ (UInt64(String(decoding: $1, as: UTF8.self)) ?? 0) }
            }
        }
        self.total = total &* (1_000_000_000 / max(ticks, 1))
        self.online = online
    }

    /// Now.
    static func now() throws(SyscallError) -> HostProcessorTime {
        let text = try HostPath("/proc/stat").read(limit: 4 << 20)
        return HostProcessorTime(String(decoding: text, as: UTF8.self), ticks: UInt64(max(1, sysconf(Int32(_SC_CLK_TCK)))))
    }
}
