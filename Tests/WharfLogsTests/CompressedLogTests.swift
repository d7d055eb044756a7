// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Rotated files that are compressed and expired while somebody reads. The codec is a stand-in: that of the daemon is tested
// where it is.

import Testing
import WharfJSON
import WharfLinux
import WharfLogs

/// Every byte inverted: enough to be unreadable without it.
private struct Inverter: LogCompressor {
    func compress(_ source: Descriptor, to target: Descriptor) throws {
        try target.writeAll(try source.readAll(limit: 64 << 20).map { ~$0 })
    }

    func decompress(_ source: Descriptor, to target: Descriptor) throws { try compress(source, to: target) }
}

@Suite struct CompressedLogTests {
    private let directory: LogDirectory

    init() throws { directory = try LogDirectory() }

    /// Lines `0` to `count - 1` in files of about ten lines.
    private func write(_ count: Int, from first: Int = 0) throws -> LogAppender {
        var appender = try LogAppender(path: directory.log, maxSize: 750)
        for number in first..<(first + count) { appender.write(.stdout, "\(number)\n") }
        return appender
    }

    private func files() throws -> LogFiles { try LogFiles(path: directory.log, compressor: Inverter()) }

    private func reader(_ query: LogQuery = LogQuery(), isBounded: Bool = false) throws -> LogReader {
        try LogReader(path: directory.log, query: query, isBounded: isBounded, compressor: Inverter())
    }

    private func names() throws -> [String] {
        try HostPath(directory.path).entries().map { String(decoding: $0.name, as: UTF8.self) }.sorted()
    }

    private let hundred = (0..<100).map { "\($0)\n" }

    @Test func theWriterCountsItsRotations() throws {
        let appender = try write(100)
        #expect(appender.rotations == (try names()).count - 1)
        #expect(appender.rotations > 5)
    }

    @Test func compressedFilesReadAsBefore() throws {
        _ = try write(100)
        let rotated = try names().count - 1
        #expect(try files().compressRotated() == rotated)
        #expect(try names().filter { $0.hasSuffix(".gz") }.count == rotated)
        #expect(try names().count == rotated + 1)
        #expect(try files().compressRotated() == 0)
        var all = try reader()
        #expect(try all.rest() == hundred)
        for tail in [0, 1, 9, 10, 11, 55, 100, 1000] {
            var tailed = try reader(LogQuery(tail: tail))
            #expect(try tailed.rest() == Array(hundred.suffix(tail)), "tail \(tail)")
        }
        // Without the codec only what is plain is there.
        var plain = try LogReader(path: directory.log)
        #expect(try plain.rest().last == "99\n")
    }

    @Test func theTimeOfAFileIsKept() throws {
        _ = try write(100)
        let old = HostPath(directory.path) / "c-json.log.1"
        try old.open(.read).setTimes(accessed: (1000, 0), modified: (1000, 0))
        try files().compressRotated()
        #expect(try (HostPath(directory.path) / "c-json.log.1.gz").status().modified.seconds == 1000)
        var since = try reader(LogQuery(since: Timestamp(seconds: 2000)))
        #expect(try since.rest().first != "0\n")
    }

    @Test func followingGoesOnThroughCompressionAndExpiry() throws {
        var appender = try write(30)
        var following = try reader()
        var lines = try following.rest()
        #expect(lines == Array(hundred.prefix(30)))
        for round in 0..<7 {
            for number in (30 + round * 10)..<(40 + round * 10) { appender.write(.stdout, "\(number)\n") }
            try files().compressRotated()
            // The file in which the reader stands has another name, is compressed, or is gone.
            if round % 2 == 0 { try files().expire(keeping: 3) }
            lines += try following.rest()
        }
        #expect(lines == hundred)
    }

    @Test func aBoundedReaderEndsWhereTheLogEndedThen() throws {
        var appender = try write(35)
        var bounded = try reader(isBounded: true)
        var lines = try bounded.next(limit: 5).map { String(decoding: $0.line, as: UTF8.self) }
        for number in 35..<100 { appender.write(.stdout, "\(number)\n") }
        try files().compressRotated()
        lines += try bounded.rest()
        #expect(lines == Array(hundred.prefix(35)))
    }

    @Test func onlyTheNewestAreKept() throws {
        _ = try write(100)
        try files().compressRotated()
        let before = try names()
        #expect(try files().expire(keeping: 3) == before.count - 3)
        #expect(try names().count == 3)
        var rest = try reader()
        let lines = try rest.rest()
        #expect(lines == Array(hundred.suffix(lines.count)))
        #expect(try files().expire(keeping: 1) == 2)
        // An empty file keeps the newest number, so that the next writer goes on from there.
        let left = try names()
        #expect(left.count == 2 && left.contains("c-json.log"))
        var writer = try LogAppender(path: directory.log, maxSize: 750)
        for number in 0..<20 { writer.write(.stdout, "more \(number) \(String(repeating: "x", count: 40))\n") }
        let highest = try #require(left.compactMap { Int($0.dropFirst("c-json.log.".count)) }.max())
        #expect(try names().contains("c-json.log.\(highest + 1)"))
        #expect(try files().compressRotated() > 0)
    }

    @Test func aHalfWrittenFileIsDoneAgain() throws {
        _ = try write(100)
        try directory.write("half", to: ".c-json.log.1.gz.tmp")
        // A crash between the new name and the end of the old one leaves both.
        try directory.write("both", to: "c-json.log.2.gz")
        try files().compressRotated()
        #expect(try names().allSatisfy { $0 == "c-json.log" || $0.hasSuffix(".gz") })
        var all = try reader()
        #expect(try all.rest() == hundred)
        try files().removeAll()
        #expect(try names().isEmpty)
    }
}
