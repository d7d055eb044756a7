// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What is made of ps's output, whatever it was asked for.

import Testing
import WharfDockerAPI
import WharfError

@testable import WharfEngine

@Suite struct ProcessTableTests {
    @Test("only the container's lines, and what is too much for the columns goes to the last one")
    func lines() throws {
        let output = "UID   PID CMD\nroot    1 init\nroot   17 sleep 9  more\nwww    18 sh\n"
        let table = try ProcessTable.parse(output, of: [17, 18])
        #expect(
            table
                == ContainerTopResponse(titles: ["UID", "PID", "CMD"], processes: [["root", "17", "sleep 9 more"], ["www", "18", "sh"]]))
    }

    @Test("threads stand behind their process, if that is the container's")
    func threads() throws {
        let table = try ProcessTable.parse("PID LWP\n1 -\n- 1\n17 -\n- 17\n- 18\n", of: [17])
        #expect(table.processes == [["17", "-"], ["-", "17"], ["-", "18"]])
    }

    @Test("a program may be called by any white space but ASCII's")
    func spaces() throws {
        #expect(try ProcessTable.parse("PID CMD\n17 a\u{2003}b\n", of: [17]).processes == [["17", "a\u{2003}b"]])
    }

    @Test("without a column of numbers nothing can be told")
    func noColumn() async throws {
        #expect(
            await failure(.invalidArgument) { _ = try ProcessTable.parse("CMD\nsh\n", of: [1]) } == "Couldn't find PID field in ps output")
        #expect(await failure(.internal) { _ = try ProcessTable.parse("PID\nx\n", of: [1]) }.hasPrefix("Unexpected pid 'x'"))
    }

    @Test("no other column may be called PID", arguments: ["-o uid=PID", "aux -o  pid,comm=PIDS"])
    func disguise(_ arguments: String) async throws {
        _ = await failure(.invalidArgument) { try ProcessTable.check(arguments) }
    }

    @Test("what is no disguise", arguments: ["", "-ef", "-o pid=PID,comm", "-o pid,comm=NAME"])
    func honest(_ arguments: String) throws { try ProcessTable.check(arguments) }
}
