// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The daemon's codec for rotated logs: gzip that anybody else reads, and back.

import Foundation
import Testing
import WharfLinux
import WharfLogs
import WharfTestKit

@testable import WharfEngine

@Suite("Compressed logs") struct GzipLogTests {
    @Test("a rotated log is gzip, smaller, and reads as before") func roundTrip() async throws {
        let directory = try TemporaryDirectory("gzip-log")
        let path = directory.path("c-json.log")
        var appender = try LogAppender(path: path, maxSize: 64 << 10)
        for number in 0..<5000 {
            let line = Array("line \(number)\n".utf8)
            line.withUnsafeBytes { appender.write(.stdout, $0) }
        }
        let files = try LogFiles(path: path, compressor: GzipLogCompressor())
        let before = try files.size()
        #expect(try files.compressRotated() == appender.rotations)
        #expect(try files.size() < before / 2)
        let plain = try await CommandLine.run("gzip", ["-dc", path + ".1.gz"]).expecting(0)
        #expect(plain.lines.first?.contains(#"{"log":"line 0\n""#) == true)
        var reader = try LogReader(path: path, compressor: GzipLogCompressor())
        #expect(try reader.next(limit: 6000).map { String(decoding: $0.line, as: UTF8.self) } == (0..<5000).map { "line \($0)\n" })
    }
}
