// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Points in time in both directions, their forms and their limits.

import Testing
import WharfJSON

@Suite struct TimestampTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0, 0), ("2000-02-29T12:34:56.5Z", 951_827_696, 500_000_000),
            ("2026-11-24T08:31:44.123456789Z", 1_795_509_104, 123_456_789), ("0001-01-01T00:00:00Z", -62_135_596_800, 0),
            ("1969-12-31T23:59:59.999999999Z", -1, 999_999_999), ("9999-12-31T23:59:59Z", 253_402_300_799, 0),
        ] as [(String, Int64, Int32)]) func goesBothWays(text: String, seconds: Int64, nanoseconds: Int32) throws
    {
        let time = try #require(Timestamp(rfc3339: text))
        #expect(time == Timestamp(seconds: seconds, nanoseconds: nanoseconds))
        #expect(time.rfc3339 == text)
    }

    @Test func readsOffsetsAndLongFractions() {
        #expect(Timestamp(rfc3339: "2020-01-01T01:30:00+01:30") == Timestamp(rfc3339: "2020-01-01T00:00:00Z"))
        #expect(Timestamp(rfc3339: "2020-01-01T00:00:00.1234567891234-00:30")?.nanoseconds == 123_456_789)
        #expect(Timestamp(rfc3339: "2020-01-01T00:00:00.1Z")?.rfc3339Fixed == "2020-01-01T00:00:00.100000000Z")
    }

    @Test(arguments: [
        "", "2020-01-01", "2020-13-01T00:00:00Z", "2020-01-01T24:00:00Z", "2020-01-01T00:00:00", "2020-01-01T00:00:00.Z",
        "2020-01-01T00:00:00Zx", "2020-1-1T00:00:00Z",
    ])
    func refusesOtherForms(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func nanosecondsAndSteps() {
        let time = Timestamp(seconds: 10, nanoseconds: 900_000_000)
        #expect(time.unixNanoseconds == 10_900_000_000)
        #expect(Timestamp(unixNanoseconds: -1) == Timestamp(seconds: -1, nanoseconds: 999_999_999))
        #expect(time.advanced(by: .milliseconds(200)) == Timestamp(seconds: 11, nanoseconds: 100_000_000))
        #expect(time.advanced(by: .milliseconds(-950)) == Timestamp(seconds: 9, nanoseconds: 950_000_000))
        #expect(time.elapsed(since: Timestamp(seconds: 9, nanoseconds: 950_000_000)) == .milliseconds(950))
        #expect(Timestamp.zero.unixNanoseconds == .min)
    }
}
