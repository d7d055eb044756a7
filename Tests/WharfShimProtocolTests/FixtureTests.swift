// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The bytes of each released version still say what they said. A fixture is never edited; a new version adds a table.

import Testing
import WharfShimProtocol

@Suite struct FixtureTests {
    @Test func everyMessageHasAFixture() {
        #expect(Set(Samples.messages.map(\.name)) == Set(FixturesVersion1.frames.keys))
        #expect(Set(Samples.messages2.map(\.name)) == Set(FixturesVersion2.frames.keys))
        #expect(ShimProtocol.version == 2)
    }

    @Test(arguments: Samples.messages2.map(\.name))
    func theBytesOfTheSecondVersionAreWrittenAndUnderstood(name: String) throws {
        let sample = try #require(Samples.messages2.first { $0.name == name }).message
        let bytes = try #require(FixturesVersion2.frames[name])
        #expect(Samples.hex(sample.frame(id: 5).bytes) == bytes)
        var reader = FrameReader()
        reader.append(Samples.bytes(hex: bytes))
        let frame = try #require(try reader.next())
        #expect("\(try ShimMessage(frame))" == "\(sample)")
        #expect(try reader.next() == nil)
    }

    @Test(arguments: Samples.messages.map(\.name))
    func theBytesAreThoseOfTheFirstVersion(name: String) throws {
        let sample = try #require(Samples.messages.first { $0.name == name }).message
        #expect(Samples.hex(sample.frame(id: 5).bytes) == FixturesVersion1.frames[name])
    }

    @Test(arguments: Samples.messages.map(\.name))
    func theBytesOfTheFirstVersionAreUnderstood(name: String) throws {
        var reader = FrameReader()
        reader.append(Samples.bytes(hex: try #require(FixturesVersion1.frames[name])))
        let frame = try #require(try reader.next())
        #expect(frame.id == 5)
        let message = try ShimMessage(frame)
        let sample = try #require(Samples.messages.first { $0.name == name }).message
        #expect("\(message)" == "\(sample)")
        #expect(try reader.next() == nil)
    }

    @Test func theExitFileOfTheFirstVersionIsUnderstood() throws {
        let text =
            #"{"version":1,"exitCode":137,"signal":9,"exitedAt":"2026-01-02T03:04:05.6Z","oomKilled":true,"error":"why"}"# + "\n"
        #expect(String(decoding: Samples.exit.fileBytes, as: UTF8.self) == text)
        #expect(try ExitRecord(fileBytes: Array(text.utf8)) == Samples.exit)
        #expect(try ExitRecord(fileBytes: Array(#"{"exitCode":3,"later":[1]}"#.utf8)).exitCode == 3)
        for broken in ["", "{", "[]", "null x", #"{"exitCode":"3"}"#, #"{"exitCode":99999999999}"#] {
            #expect(throws: (any Error).self) { try ExitRecord(fileBytes: Array(broken.utf8)) }
        }
    }
}
