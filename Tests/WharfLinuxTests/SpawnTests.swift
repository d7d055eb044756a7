// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Spawning from this threaded process: exactly the given descriptors, a clean signal state, errors with their errno.

import Glibc
import Testing
import WharfLinux
import WharfTestKit

@Suite struct SpawnTests {
    /// Runs a shell script with a pipe-like socket at descriptor 1 and gives what it wrote and how it ended.
    private func run(_ script: String, environment: [String] = [], extra: [Descriptor?] = []) throws -> (String, ProcessExit) {
        let (ours, theirs) = try UnixSocket.pair()
        let shell = try HostPath("/bin/sh").open(.read)
        let null = try HostPath("/dev/null").open(.readWrite)
        let spawned = try spawn(
            shell, arguments: ["sh", "-c", script], environment: environment, descriptors: [null, theirs, theirs] + extra)
        theirs.close()
        let text = String(decoding: try ours.readAll(limit: 1 << 20), as: UTF8.self)
        return (text, try PidFD(spawned.pidfd).wait())
    }

    @Test func argumentsEnvironmentAndExitCode() throws {
        let (text, exit) = try run("echo $GREETING; exit 7", environment: ["GREETING=ahoy", "PATH=/usr/bin:/bin"])
        #expect(text == "ahoy\n")
        #expect(exit == .exited(code: 7))
    }

    @Test func onlyTheGivenDescriptorsArrive() throws {
        // Plenty that must not leak, also without close-on-exec.
        let leaks = try (0..<20).map { _ in try HostPath("/dev/zero").open(.read) }
        for leak in leaks { try leak.setCloseOnExec(false) }
        let marker = try HostPath("/dev/full").open(.readWrite)
        let (text, _) = try run(
            "for f in /proc/$$/fd/*; do echo ${f##*/} $(readlink $f); done", environment: ["PATH=/usr/bin:/bin"], extra: [nil, marker])
        withExtendedLifetime(leaks) {}
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines.contains("4 /dev/full"))
        // The shell itself may use 3 for the folder that it lists.
        #expect(!lines.contains { $0.hasPrefix("3 /dev") })
        #expect(!text.contains("/dev/zero"))
    }

    @Test func signalsAreResetAndASessionIsStarted() throws {
        var blocked = sigset_t()
        var old = sigset_t()
        sigemptyset(&blocked)
        sigaddset(&blocked, SIGTERM)
        pthread_sigmask(SIG_BLOCK, &blocked, &old)
        defer { pthread_sigmask(SIG_SETMASK, &old, nil) }
        // Only the shell itself: around a fork of its own it blocks signals.
        let script =
            "while read -r l; do case $l in SigBlk*|SigIgn*) echo $l;; esac; done </proc/self/status; read -r p n s u g sid r </proc/self/stat; echo $p $sid"
        let (text, _) = try run(script)
        let words = text.split(whereSeparator: { $0 == "\n" || $0 == "\t" || $0 == " " })
        #expect(words.prefix(4) == ["SigBlk:", "0000000000000000", "SigIgn:", "0000000000000000"])
        #expect(words.count == 6 && words[4] == words[5])
    }

    @Test func aProgramThatCannotRunIsAnErrno() throws {
        let folder = try TemporaryDirectory("spawn")
        let file = try folder.write("text", Array("not a program".utf8))
        let error = #expect(throws: SyscallError.self) {
            try spawn(try HostPath(file).open(.read), arguments: ["x"], descriptors: [])
        }
        #expect(error?.call == "execveat")
        #expect(error?.errno == EACCES)
    }
}
