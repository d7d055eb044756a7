// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The byte writer: commas, what is left out, escapes, bytes that are not UTF-8.

import Testing
import WharfJSON

@Suite struct JSONWriterTests {
    private func text(_ value: some JSONWritable) -> String { String(decoding: JSON.encode(value), as: UTF8.self) }

    @Test func placesCommasAndLeavesOut() {
        var writer = JSONWriter()
        writer.object { json in
            json.field("a", 1)
            json.optional("b", Int?.none)
            json.nonEmpty("c", "")
            json.nonEmpty("d", [String]())
            json.field("e", [String: Int]())
            json.object("f") { json in json.field("g", Optional<String>.none) }
            json.array("h", 1...2) { json, item in json.integer(item) }
            json.field("i", 2.5)
            json.field("j", 3.0)
        }
        #expect(String(decoding: writer.bytes, as: UTF8.self) == #"{"a":1,"e":{},"f":{"g":null},"h":[1,2],"i":2.5,"j":3}"#)
    }

    @Test func documentsOfAStreamStandOnLines() {
        var writer = JSONWriter()
        writer.value(["a"])
        writer.newline()
        writer.value(["b"])
        writer.newline()
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "[\"a\"]\n[\"b\"]\n")
    }

    @Test func mapsAreWrittenInByteOrder() {
        #expect(text(["b": 1, "a": 2, "B": 3]) == #"{"B":3,"a":2,"b":1}"#)
    }

    @Test func escapesAsGoDoes() {
        #expect(text("a\"\\\n\r\t\u{1}\u{7F}<>&é😀\u{2028}") == "\"a\\\"\\\\\\n\\r\\t\\u0001\u{7F}<>&é😀\\u2028\"")
        var writer = JSONWriter(escapingHTML: true)
        writer.string("<&>")
        #expect(String(decoding: writer.bytes, as: UTF8.self) == #""\u003c\u0026\u003e""#)
    }

    @Test(
        arguments: [
            ([0x61, 0xFF, 0x62], #""a\ufffdb""#), ([0xC3], #""\ufffd""#), ([0xE2, 0x82], #""\ufffd\ufffd""#), ([0xC3, 0xA9], "\"é\""),
            ([0xED, 0xA0, 0x80], #""\ufffd\ufffd\ufffd""#), ([0xF0, 0x9F, 0x98, 0x80], "\"😀\""), ([0xC0, 0x80], #""\ufffd\ufffd""#),
        ] as [([UInt8], String)]) func replacesBrokenBytes(bytes: [UInt8], expected: String)
    {
        var writer = JSONWriter()
        writer.string(utf8Lossy: bytes)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
    }

    @Test func whatIsWrittenReadsBack() throws {
        let source = #"{"a":[1,-2.5e3,true,null,"\u0001x"],"b":{"c":"é"}}"#
        let value = try JSON.parse(Array(source.utf8))
        #expect(text(value) == source)
    }
}
