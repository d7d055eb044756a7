// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Docker's `local` form: its bytes, reading forward and from the end, over rotation, and what a crash left.

import Testing
import WharfJSON
import WharfLinux

@testable import WharfLogs

@Suite struct LocalLogTests {
    /// Written by dockerd 20.10: `hi` to stdout, `err` to stderr.
    private static let dockers: [UInt8] = [
        0, 0, 0, 0x16, 0x0a, 6, 0x73, 0x74, 0x64, 0x6f, 0x75, 0x74, 0x10, 0x94, 0xbc, 0xbb, 0xcf, 0x9d, 0xcb, 0xc3, 0xf5, 0x18, 0x1a, 2,
        0x68,
        0x69, 0, 0, 0, 0x16, 0, 0, 0, 0x17, 0x0a, 6, 0x73, 0x74, 0x64, 0x65, 0x72, 0x72, 0x10, 0xba, 0x9e, 0xf9, 0xcf, 0x9d, 0xcb, 0xc3,
        0xf5,
        0x18, 0x1a, 3, 0x65, 0x72, 0x72, 0, 0, 0, 0x17,
    ]

    private func reader(_ directory: LogDirectory, _ query: LogQuery = LogQuery()) throws -> LogReader {
        try LogReader(path: directory.log, format: .local, query: query)
    }

    @Test func dockersFileIsReadAndWrittenByteForByte() throws {
        let directory = try LogDirectory()
        try HostPath(directory.log).writeAtomically(Self.dockers, permissions: 0o600, durable: false)
        var reader = try reader(directory)
        let entries = try reader.next()
        #expect(entries.map(\.line) == [Array("hi\n".utf8), Array("err\n".utf8)])
        #expect(entries.map(\.stream) == [.stdout, .stderr])
        var bytes: [UInt8] = []
        for entry in entries {
            entry.line.dropLast().withUnsafeBytes {
                LocalFormat.append(entry.stream, $0, terminated: true, at: entry.timestamp, to: &bytes)
            }
        }
        #expect(bytes == Self.dockers)
    }

    @Test func linesComeBackAsTheyWere() throws {
        let directory = try LogDirectory()
        var log = try LogAppender(path: directory.log, maxSize: 0, format: .local)
        log.write(.stdout, "one\n\ntwo\nno ")
        log.write(.stderr, "bytes \u{0}\u{1F6A2}\n")
        log.write(.stdout, "end")
        log.finish(.stdout)
        var reader = try reader(directory)
        #expect(try reader.rest() == ["one\n", "\n", "two\n", "bytes \u{0}\u{1F6A2}\n", "no end"])
    }

    @Test func longLinesAreCutAndJoined() throws {
        let directory = try LogDirectory()
        var log = try LogAppender(path: directory.log, maxSize: 0, format: .local)
        let long = String(repeating: "x", count: 40_000)
        log.write(.stdout, long + "\n")
        var reader = try reader(directory)
        let pieces = try reader.rest()
        #expect(pieces.count == 3 && pieces.joined() == long + "\n")
    }

    @Test func tailCountsFromTheEndOverRotatedFiles() throws {
        let directory = try LogDirectory()
        var log = try LogAppender(path: directory.log, maxSize: 400, format: .local)
        for number in 0..<50 { log.write(.stdout, "line \(number)\n") }
        #expect(log.rotations > 2)
        for tail in [0, 1, 7, 25, 50, 60] {
            var reader = try reader(directory, LogQuery(tail: tail))
            #expect(try reader.rest() == (0..<50).suffix(tail).map { "line \($0)\n" }, "tail \(tail)")
        }
    }

    @Test func aTornEntryIsCutOff() throws {
        for cut in [1, 3, 10, 25] {
            let directory = try LogDirectory()
            try HostPath(directory.log).writeAtomically(Array(Self.dockers.dropLast(cut)), permissions: 0o600, durable: false)
            var log = try LogAppender(path: directory.log, maxSize: 0, format: .local)
            log.write(.stdout, "after\n")
            var reader = try reader(directory)
            #expect(try reader.rest() == ["hi\n", "after\n"], "\(cut) bytes missing")
        }
    }

    @Test func nonsenseEndsTheFileAndNotTheReader() throws {
        let directory = try LogDirectory()
        try HostPath(directory.log).writeAtomically([0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3], permissions: 0o600, durable: false)
        var all = try reader(directory)
        #expect(try all.rest() == [])
        var tail = try reader(directory, LogQuery(tail: 3))
        #expect(try tail.rest() == [])
    }
}
