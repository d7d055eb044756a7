// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Descriptors that a program gets besides its standard streams, because the caller said so: from 3 on, under the same
// numbers. Nothing else that is open anywhere ever reaches it.

import Glibc
import WharfLinux

/// How many there are.
struct InheritedDescriptors {
    static let none = InheritedDescriptors(count: 0, listening: 0)

    /// From 3 on.
    let count: Int
    /// How many of them, from 3 on, are sockets in the sense of sd_listen_fds(3).
    let listening: Int

    /// The first number that is not kept.
    var end: Int32 { Int32(3 + count) }
    /// 0, 1, 2 and what follows.
    var numbers: [Int32] { Array(0..<end) }

    /// What sd_listen_fds wants to read, for the calling process.
    var environment: [[UInt8]] {
        listening == 0 ? [] : ["LISTEN_FDS=\(listening)", "LISTEN_PID=\(getpid())"].map { Array($0.utf8) }
    }

    /// Lets them live through exec.
    func keepOverExec() throws(SyscallError) {
        for number in 3..<end {
            let descriptor = Descriptor(owning: number)
            defer { _ = descriptor.release() }
            try descriptor.setCloseOnExec(false)
        }
    }

    /// Refuses a number of descriptors that are not all open: before anything else could take their places.
    static func check(_ count: Int, listening: Int) throws(RuntimeError) {
        guard (0...1024).contains(count), (0...count).contains(listening) else {
            throw RuntimeError(step: "create", errno: EINVAL, text: "\(count) descriptors can't be preserved, \(listening) of them sockets")
        }
        for index in 0..<count {
            let descriptor = Descriptor(owning: Int32(3 + index))
            defer { _ = descriptor.release() }
            try step("create", "unable to stat preserved-fd \(index) (of \(count))") { () throws(SyscallError) in
                _ = try descriptor.status()
            }
        }
    }
}
