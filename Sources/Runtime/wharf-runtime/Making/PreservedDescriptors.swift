// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Descriptors that the caller passes on to the program: those of socket activation (sd_listen_fds(3)) and then as many as
// --preserve-fds says.

import Glibc
import WharfLinux

/// How many there are, counted from descriptor 3.
struct PreservedDescriptors {
    /// Sockets that systemd gave.
    let listening: Int
    /// Those of the flag.
    let additional: Int

    init(_ values: FlagValues) throws {
        var listening = 0
        if let text = getenv("LISTEN_FDS"), let count = Int(String(cString: text)), (1...1000).contains(count) { listening = count }
        additional = try values.number("preserve-fds") ?? 0
        self.listening = listening
        guard (0...1000).contains(additional) else { throw UsageError("invalid value \"\(additional)\" for flag -preserve-fds") }
        // A number that is not open now could become one of this program's own, which must not get into the container.
        for number in 3..<(3 + Int32(listening + additional)) where !isOpenDescriptor(number) {
            throw CommandError(
                "unable to stat preserved-fd \(number) (of \(listening + additional)): please check that it is open")
        }
    }
}
