// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The bytes of the json-file format, line splitting and rotation.

import Testing
import WharfJSON
import WharfLinux
import WharfLogs

@Suite struct LogAppenderTests {
    private let time = Timestamp(seconds: 1_136_214_245, nanoseconds: 120_000_000)

    private func encode(_ text: [UInt8], _ stream: LogStream = .stdout) throws -> String {
        let directory = try LogDirectory()
        var log = try LogAppender(path: directory.log, maxSize: 0)
        text.withUnsafeBytes { log.write(stream, $0, at: time) }
        log.finish(stream, at: time)
        return try directory.contents()
    }

    @Test func aLineIsWrittenAsDockerWritesIt() throws {
        #expect(try encode(Array("hi\n".utf8)) == #"{"log":"hi\n","stream":"stdout","time":"2006-01-02T15:04:05.12Z"}"# + "\n")
        #expect(try encode(Array("hi".utf8), .stderr) == #"{"log":"hi","stream":"stderr","time":"2006-01-02T15:04:05.12Z"}"# + "\n")
    }

    @Test func escapesAreGos() throws {
        let cases: [(String, String)] = [
            ("a\"b\\c\n", #"a\"b\\c\n"#), ("<&>\n", #"\u003c\u0026\u003e\n"#), ("\t\r\u{1b}\u{7f}\n", "\\u0009\\r\\u001b\u{7f}\\n"),
            ("\u{2028}\u{2029}\n", #"\u2028\u2029\n"#), ("é世🎉\n", #"é世🎉\n"#),
        ]
        for (text, escaped) in cases {
            #expect(try encode(Array(text.utf8)) == "{\"log\":\"\(escaped)\",\"stream\":\"stdout\",\"time\":\"2006-01-02T15:04:05.12Z\"}\n")
        }
    }

    @Test func eachByteThatIsNotUTF8IsReplaced() throws {
        let cases: [([UInt8], String)] = [
            ([0xFF, 0xFE], #"\ufffd\ufffd"#), ([0xC3], #"\ufffd"#), ([0xE4, 0xB8], #"\ufffd\ufffd"#), ([0xC0, 0x80], #"\ufffd\ufffd"#),
            ([0xED, 0xA0, 0x80], #"\ufffd\ufffd\ufffd"#), ([0xC3, 0x41], #"\ufffdA"#),
        ]
        for (bytes, escaped) in cases {
            #expect(try encode(bytes + [0x0A]).hasPrefix("{\"log\":\"\(escaped)\\n\""), "\(bytes)")
        }
    }

    @Test func aLineInPiecesIsOneEntry() throws {
        let directory = try LogDirectory()
        var log = try LogAppender(path: directory.log, maxSize: 0)
        for piece in ["one ", "and ", "same\nnext", "\n", "\n"] { log.write(.stdout, piece) }
        var reader = try LogReader(path: directory.log)
        #expect(try reader.rest() == ["one and same\n", "next\n", "\n"])
    }

    @Test func streamsDoNotMix() throws {
        let directory = try LogDirectory()
        var log = try LogAppender(path: directory.log, maxSize: 0)
        log.write(.stdout, "out")
        log.write(.stderr, "err\n")
        log.write(.stdout, "put\n")
        var reader = try LogReader(path: directory.log)
        let entries = try reader.next()
        #expect(entries.map(\.stream) == [.stderr, .stdout])
        #expect(entries.map { String(decoding: $0.line, as: UTF8.self) } == ["err\n", "output\n"])
    }

    /// moby's copier: pieces of 16 KiB, the last one (which may be empty) has the newline, all have the first's time.
    @Test(arguments: [16_383, 16_384, 16_385, 40_000])
    func aLongLineIsSplit(length: Int) throws {
        for chunk in [1000, 65_536] {
            let directory = try LogDirectory()
            var log = try LogAppender(path: directory.log, maxSize: 0)
            var rest = Array(repeating: UInt8(ascii: "x"), count: length)[...] + Array("\nend\n".utf8)
            while !rest.isEmpty {
                log.write(.stdout, Array(rest.prefix(chunk)))
                rest = rest.dropFirst(chunk)
            }
            var reader = try LogReader(path: directory.log)
            let entries = try reader.next()
            #expect(entries.last?.line == Array("end\n".utf8))
            let pieces = entries.dropLast()
            #expect(pieces.map(\.line.count) == [Int](repeating: 16_384, count: length / 16_384) + [length % 16_384 + 1])
            #expect(Set(pieces.map(\.timestamp)).count == 1)
            #expect(pieces.filter { $0.line.last == 0x0A }.count == 1)
        }
    }

    @Test func rotationGivesRisingNumbersAndLosesNothing() throws {
        let directory = try LogDirectory()
        var log = try LogAppender(path: directory.log, maxSize: 300)
        for number in 0..<20 { log.write(.stdout, "line \(number)\n") }
        var names = try HostPath(directory.path).entries().map { String(decoding: $0.name, as: UTF8.self) }.sorted()
        #expect(names.contains("c-json.log.1"))
        for name in names { #expect(try directory.contents(name).utf8.count <= 300) }
        var reader = try LogReader(path: directory.log)
        #expect(try reader.rest() == (0..<20).map { "line \($0)\n" })

        // A new appender goes on with the numbers, also when the oldest were expired.
        let highest = names.count - 1
        #expect(try LogFiles(path: directory.log).expire(keeping: 2) == highest - 1)
        var again = try LogAppender(path: directory.log, maxSize: 300)
        for number in 20..<24 { again.write(.stdout, "line \(number)\n") }
        names = try HostPath(directory.path).entries().map { String(decoding: $0.name, as: UTF8.self) }
        #expect(names.contains("c-json.log.\(highest + 1)"))
        #expect(!names.contains("c-json.log.1"))
    }

    @Test func aTornLastLineIsEndedBeforeTheNext() throws {
        let directory = try LogDirectory()
        try directory.write(#"{"log":"whole\n","stream":"stdout","time":"2006-01-02T15:04:05Z"}"# + "\n{\"log\":\"to")
        var log = try LogAppender(path: directory.log, maxSize: 0)
        log.write(.stdout, "after\n")
        var reader = try LogReader(path: directory.log)
        #expect(try reader.rest() == ["whole\n", "after\n"])
    }

    @Test func aFullDiskIsCountedAndLeavesWholeLines() throws {
        // /dev/full takes nothing, as a full disk does.
        let directory = try LogDirectory()
        try directory.write("", to: "x")
        var log = try LogAppender(path: "/dev/full", maxSize: 0)
        log.write(.stdout, "lost\n")
        #expect(log.lostBytes > 0)
        #expect(log.lastError?.errno == 28)
    }
}
