// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Sizes, durations, times, tables and indented JSON.

import Testing
import WharfJSON

@testable import WharfCLI

@Suite struct FormattingTests {
    @Test(arguments: [("512m", 512 << 20), ("1g", 1 << 30), ("1.5KiB", 1536), ("10", 10), ("10b", 10), ("3 kb", 3072), ("2T", 2 << 40)])
    func readSizes(text: String, bytes: Int64) throws {
        #expect(try ByteSize.parse(text).get() == bytes)
    }

    @Test func refusedSizes() {
        for text in ["", "m", "1z", "1bb", "1kbb", "-1m", "1.2.3m", "9999999p"] {
            #expect(throws: ByteSize.Invalid.self, "\(text)") { try ByteSize.parse(text).get() }
        }
    }

    @Test(arguments: [(0, "0B"), (999, "999B"), (1000, "1kB"), (1_234_567, "1.23MB"), (2_150_400, "2.15MB"), (999_900, "1e+03kB")])
    func shownSizes(bytes: Int64, text: String) {
        #expect(ByteSize.decimal(bytes) == text)
    }

    @Test func binarySizes() { #expect(ByteSize.binary(4_113_000_000) == "3.831GiB") }

    private static let durationsCases: [(Int64, String)] = [
        (0, "Less than a second"), (1, "1 second"), (59, "59 seconds"), (60, "About a minute"), (120, "2 minutes"), (3599, "59 minutes"),
        (3600, "About an hour"), (7200, "2 hours"), (47 * 3600, "47 hours"), (48 * 3600, "2 days"), (14 * 86400, "2 weeks"),
        (60 * 86400, "2 months"), (730 * 86400, "2 years"),
    ]

    @Test(arguments: durationsCases)
    func durations(seconds: Int64, text: String) {
        #expect(GoDuration.inWords(seconds: seconds) == text)
    }

    @Test(arguments: [("1m30s", 90_000_000_000), ("300ms", 300_000_000), ("1.5h", 5_400_000_000_000), ("-2s", -2_000_000_000), ("0", 0)])
    func readDurations(text: String, nanoseconds: Int64) {
        #expect(GoDuration.parse(text) == nanoseconds)
    }

    @Test func refusedDurations() {
        for text in ["", "1", "s", "1x", "1m30", ".s", "-"] { #expect(GoDuration.parse(text) == nil, "\(text)") }
    }

    @Test func times() {
        let now = Timestamp(seconds: 1_000_000)
        #expect(TimeText.parse("42m", now: now) == Timestamp(seconds: 1_000_000 - 42 * 60))
        #expect(TimeText.parse("1136073600.5", now: now) == Timestamp(seconds: 1_136_073_600, nanoseconds: 500_000_000))
        #expect(TimeText.parse("2006-01-02T15:04:05Z", now: now) == Timestamp(seconds: 1_136_214_245))
        #expect(TimeText.parse("2006-01-02T15:04Z", now: now) == Timestamp(seconds: 1_136_214_240))
        #expect(TimeText.parse("2006-01-02Z", now: now) == Timestamp(seconds: 1_136_160_000))
        for text in ["bad", "", "2006-13-01Z", "12:00"] { #expect(TimeText.parse(text, now: now) == nil, "\(text)") }
    }

    @Test func tables() {
        #expect(Table.align(["ID\tNAME\tX", "123456789\ta\tlast"]) == "ID          NAME      X\n123456789   a         last\n")
        #expect(Table.align([]) == "")
    }

    @Test func indentedJSON() throws {
        let value = try JSON.parse(Array(#"{"b":[],"a":{"x":[1,null]},"c":{}}"#.utf8))
        #expect(
            JSONText.indented(value) == """
                {
                    "b": [],
                    "a": {
                        "x": [
                            1,
                            null
                        ]
                    },
                    "c": {}
                }
                """)
    }

    @Test func texts() {
        #expect(quoted("a\"b\n\u{1}") == #""a\"b\n\x01""#)
        #expect(ellipsis("sh -c 'sleep 1000000'", 20) == "sh -c 'sleep 100000…")
        #expect(ellipsis("short", 20) == "short")
        #expect(shortID("sha256:0123456789abcdef") == "0123456789ab")
    }
}
