// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Reading: tail, since, until, rotation under the reader, resumption, torn and foreign lines, following.

import Testing
import WharfJSON
import WharfLinux
import WharfLogs

@Suite struct LogReaderTests {
    private func entry(_ text: String, second: Int = 0, stream: String = "stdout") -> String {
        "{\"log\":\"\(text)\\n\",\"stream\":\"\(stream)\",\"time\":\"2026-01-02T03:04:\(second < 10 ? "0" : "")\(second)Z\"}\n"
    }

    @Test func tailCountsAcrossRotatedFiles() throws {
        let directory = try LogDirectory()
        try directory.write(entry("a") + entry("b"), to: "c-json.log.9")
        try directory.write(entry("c"), to: "c-json.log.10")
        try directory.write(entry("d") + entry("e"))
        let all = ["a\n", "b\n", "c\n", "d\n", "e\n"]
        for tail in 0...7 {
            var reader = try LogReader(path: directory.log, query: LogQuery(tail: tail))
            #expect(try reader.rest() == all.suffix(tail), "tail \(tail)")
        }
    }

    @Test func tailReadsBackwardOverBlocks() throws {
        let directory = try LogDirectory()
        var log = try LogAppender(path: directory.log, maxSize: 0)
        let filler = String(repeating: "x", count: 700)
        for number in 0..<500 { log.write(.stdout, "\(number) \(filler)\n") }
        for tail in [1, 90, 91, 92, 180, 499, 500, 501] {
            var reader = try LogReader(path: directory.log, query: LogQuery(tail: tail))
            let lines = try reader.rest(limit: 100)
            #expect(lines.count == min(tail, 500))
            #expect(lines.first?.hasPrefix("\(500 - min(tail, 500)) ") == true)
        }
    }

    @Test func sinceAndUntilBoundTheTime() throws {
        let directory = try LogDirectory()
        try directory.write((0..<10).map { entry("\($0)", second: $0) }.joined())
        let start = try #require(Timestamp(rfc3339: "2026-01-02T03:04:00Z"))
        var query = LogQuery(since: start.advanced(by: .seconds(3)), until: start.advanced(by: .seconds(5)))
        var reader = try LogReader(path: directory.log, query: query)
        #expect(try reader.rest() == ["3\n", "4\n", "5\n"])
        #expect(reader.isFinished)
        query.tail = 6
        reader = try LogReader(path: directory.log, query: query)
        #expect(try reader.rest() == ["4\n", "5\n"])
    }

    @Test func streamsAreChosen() throws {
        let directory = try LogDirectory()
        try directory.write(entry("o") + entry("e", stream: "stderr"))
        var reader = try LogReader(path: directory.log, query: LogQuery(stdout: false))
        #expect(try reader.rest() == ["e\n"])
        reader = try LogReader(path: directory.log, query: LogQuery(stderr: false))
        #expect(try reader.rest() == ["o\n"])
    }

    @Test func foreignAndBrokenLinesDoNotStopIt() throws {
        let directory = try LogDirectory()
        try directory.write(
            entry("a") + "not json\n\n{\"log\":\"half\n" + "\0\0\0\0\n"
                + "{\"time\":\"2026-01-02T03:04:05.5+01:00\", \"stream\":\"stderr\", \"attrs\":{\"x\":\"y\"}, \"log\":\"\\ud83c\\udf89\\t\\n\"}\n"
                + "{\"stream\":\"stdout\",\"time\":\"2026-01-02T03:04:05Z\"}\n" + entry("z"))
        var reader = try LogReader(path: directory.log)
        let entries = try reader.next()
        #expect(entries.map { String(decoding: $0.line, as: UTF8.self) } == ["a\n", "🎉\t\n", "", "z\n"])
        #expect(entries[1].timestamp.rfc3339 == "2026-01-02T02:04:05.5Z")
        #expect(entries[1].stream == .stderr)
    }

    @Test func anEndlessLineIsSkipped() throws {
        let directory = try LogDirectory()
        try directory.write(entry("a") + String(repeating: "y", count: 3 << 20) + "\n" + entry("b"))
        var reader = try LogReader(path: directory.log)
        #expect(try reader.rest() == ["a\n", "b\n"])
    }

    @Test func whatTheWriterWritesComesBack() throws {
        let directory = try LogDirectory()
        var log = try LogAppender(path: directory.log, maxSize: 0)
        let lines = ["plain\n", "tab\tquote\"back\\slash<&>\r\n", "\u{0}\u{1}\u{1f}\u{2028}é世🎉\n", "\n"]
        for line in lines { log.write(.stdout, line) }
        var reader = try LogReader(path: directory.log)
        #expect(try reader.rest() == lines)
    }

    @Test func anUnfinishedLineWaitsForItsEnd() throws {
        let directory = try LogDirectory()
        try directory.write(entry("a") + "{\"log\":\"b")
        var reader = try LogReader(path: directory.log)
        #expect(try reader.rest() == ["a\n"])
        let file = try HostPath(directory.log).open([.write, .append])
        try file.writeAll(Array("\\n\",\"stream\":\"stdout\",\"time\":\"2026-01-02T03:04:05Z\"}\n".utf8))
        #expect(try reader.rest() == ["b\n"])
    }

    @Test func readingGoesOnThroughRotationsAndFromAPosition() throws {
        let directory = try LogDirectory()
        var log = try LogAppender(path: directory.log, maxSize: 400)
        var reader = try LogReader(path: directory.log)
        #expect(try reader.rest() == [])
        var read: [String] = []
        for number in 0..<60 {
            log.write(.stdout, "line \(number)\n")
            if number % 7 == 0 { read += try reader.rest(limit: 3) }
            if number % 10 == 0, let position = reader.position { reader = try LogReader(path: directory.log, from: position) }
        }
        read += try reader.rest()
        #expect(read == (0..<60).map { "line \($0)\n" })
    }

    @Test func aReaderWhoseFileWasExpiredGoesOnWithTheOldest() throws {
        let directory = try LogDirectory()
        var log = try LogAppender(path: directory.log, maxSize: 200)
        log.write(.stdout, "first\n")
        var reader = try LogReader(path: directory.log)
        #expect(try reader.rest() == ["first\n"])
        for number in 0..<20 { log.write(.stdout, "line \(number)\n") }
        try LogFiles(path: directory.log).expire(keeping: 3)
        let left = try reader.rest()
        #expect(left.last == "line 19\n")
        // What the held file still had comes first, then what is left; nothing twice.
        #expect(Set(left).count == left.count)
    }

    @Test func aFollowerWakesForAppendsAndRotation() throws {
        let directory = try LogDirectory()
        let follower = try LogFollower(path: directory.log)
        #expect(try follower.wait(milliseconds: 0) == .timedOut)
        var log = try LogAppender(path: directory.log, maxSize: 0)
        #expect(try follower.wait(milliseconds: 5000) == .changed)
        log.write(.stdout, "x\n")
        #expect(try follower.wait(milliseconds: 5000) == .changed)
        #expect(try follower.wait(milliseconds: 0) == .timedOut)
        let (near, far) = try UnixSocket.pair()
        far.close()
        #expect(try follower.wait(cancellation: near, milliseconds: 5000) == .cancelled)
    }

    @Test func renderingPutsTheTimeInFront() {
        let entry = LogEntry(stream: .stdout, timestamp: Timestamp(seconds: 1_136_214_245, nanoseconds: 5), line: Array("x\n".utf8))
        #expect(entry.rendered(timestamps: false) == Array("x\n".utf8))
        #expect(entry.rendered(timestamps: true) == Array("2006-01-02T15:04:05.000000005Z x\n".utf8))
    }
}
