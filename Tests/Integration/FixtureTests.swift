// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The fixtures against programs that everybody knows, so that a failure elsewhere is the daemon's.

import Foundation
import Testing
import WharfTestKit

extension Integration {
    @Suite("Fixtures")
    struct FixtureTests {
        @Test("a command's output, errors and exit code come back")
        func command() async throws {
            let result = try await CommandLine.run("sh", ["-c", "cat; echo err >&2; exit 7"], stdin: Array("in\n".utf8))
            #expect(result.exitCode == 7)
            #expect(result.out == "in")
            #expect(result.err == "err")
            #expect(try await CommandLine.run("sh", ["-c", "kill -9 $$"]).exitCode == 137)
            #expect(try await CommandLine.run("sh", ["-c", "echo $X"], environment: ["X": "y"]).out == "y")
        }

        @Test("a command that hangs is ended at its deadline")
        func hangs() async throws {
            await #expect(throws: TestFailure.self) { try await CommandLine.run("sleep", ["60"], deadline: .milliseconds(200)) }
        }

        @Test("a child at a terminal sees a terminal, its size and a hang-up")
        func terminal() async throws {
            let child = try ChildProcess(
                ["sh", "-c", "tty; stty size; read x; echo got $x; sleep 60"], streams: .terminal(rows: 24, columns: 81))
            try await child.output.wait(for: "24 81")
            #expect(child.output.text.contains("/dev/pts/"))
            try child.send("word\n")
            try await child.output.wait(for: "got word")
            child.closeInput()
            child.signal(SIGHUP)
            #expect(try await child.wait() == 129)
        }

        @Test("a child on pipes gets input and its end")
        func pipes() async throws {
            let child = try ChildProcess(["cat"], streams: .pipes)
            try child.send("one")
            try await child.output.wait(for: "one")
            child.closeInput()
            #expect(try await child.wait() == 0)
            try await child.output.waitForEnd()
            #expect(child.output.text == "one")
        }

        @Test("the fixture's archives are what tar reads")
        func archive() async throws {
            let image = BusyboxImage(files: [.init("etc/motd", "hello\n")])
            let list = try await CommandLine.run("tar", ["-tvf", "-"], stdin: try image.rootFileSystem()).expecting()
            #expect(list.out.contains("bin/sh -> busybox"))
            #expect(list.out.contains("etc/motd"))
            #expect(
                try await CommandLine.run("tar", ["-tf", "-"], stdin: try image.dockerArchive()).lines == [
                    "manifest.json", "config.json", "layer.tar",
                ])
            #expect(BusyboxImage.digest(Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        }
    }
}
