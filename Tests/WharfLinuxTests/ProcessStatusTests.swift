// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Lines of /proc/PID/stat: odd names, processes on their way out.

import Glibc
import Testing

@testable import WharfLinux

@Suite("what /proc tells of a process")
struct ProcessStatusTests {
    private static func line(name: String = "sh", state: String, flags: UInt64) -> [UInt8] {
        Array("42 (\(name)) \(state) 1 42 42 0 -1 \(flags) 10 0 0 0 1 2 0 0 20 0 1 0 777 4096 1\n".utf8)
    }

    @Test("a name with spaces and parentheses does not shift the fields", arguments: ["sh", "a) Z 0 (b", ") ) Z", ""])
    func names(name: String) throws {
        let status = try #require(ProcessStatus(Self.line(name: name, state: "S", flags: 0x0040_0000)))
        #expect(status.startTicks == 777 && !status.hasEnded && !status.isEnding)
    }

    @Test("one whose files are being closed is ending, a zombie has ended")
    func ending() throws {
        let exiting = try #require(ProcessStatus(Self.line(state: "D", flags: 0x0040_0004)))
        #expect(!exiting.hasEnded && exiting.isEnding)
        let zombie = try #require(ProcessStatus(Self.line(state: "Z", flags: 0x0040_0004)))
        #expect(zombie.hasEnded && zombie.isEnding)
    }

    @Test(
        "what is no such line is nothing", arguments: ["", "42", "42 (sh) S 1", "42 (sh) S 1 42 42 0 -1 x 10 0 0 0 1 2 0 0 20 0 1 0 777"])
    func broken(text: String) { #expect(ProcessStatus(Array(text.utf8)) == nil) }

    @Test("this process runs, none has the last pid")
    func living() throws {
        let own = try ProcessStatus(of: getpid())
        #expect(own.startTicks > 0 && !own.isEnding)
        #expect { try ProcessStatus(of: Int32.max) } throws: { ($0 as? SyscallError)?.errno == ENOENT }
    }
}
