// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Types that read themselves field by field: the same rules and the same words as decoding.

import Testing
import WharfJSON

@Suite struct JSONReadableTests {
    private struct Inner: JSONReadable, Equatable {
        let level: UInt8
        let offset: Int64
        init(reading json: JSONFields) throws(JSONError) {
            level = try json.read("level")
            offset = try json.read("offset")
        }
    }

    private struct Outer: JSONReadable {
        let name: String
        let on: Bool
        let tags: [String]
        let numbers: [UInt32]
        let labels: [String: String]
        let inner: Inner
        let maybe: Inner?
        let list: [Inner]
        let table: [String: Inner]
        let limit: Int64?
        let extra: JSONValue?
        init(reading json: JSONFields) throws(JSONError) {
            name = try json.read("name")
            on = try json.read("on")
            tags = try json.read("tags")
            numbers = try json.read("numbers")
            labels = try json.read("labels")
            inner = try json.read("inner")
            maybe = try json.optional("maybe")
            list = try json.read("list")
            table = try json.read("table")
            limit = try json.optional("limit")
            extra = json.value("extra")
        }
    }

    private func decode(_ text: String) throws(JSONError) -> Outer { try JSON.decode(Outer.self, from: Array(text.utf8)) }

    @Test("every kind of field")
    func fields() throws {
        let value = try decode(
            #"{"name":"n","on":true,"tags":["a","b"],"numbers":[1,4294967295],"labels":{"k":"v"},"inner":{"level":255,"#
                + #""offset":-9223372036854775808},"maybe":{},"list":[{"level":1},{"level":2}],"table":{"x":{"offset":-0}},"limit":-1,"#
                + #""extra":[1],"unknown":{}}"#)
        #expect(value.name == "n" && value.on && value.tags == ["a", "b"] && value.numbers == [1, .max])
        #expect(value.labels == ["k": "v"])
        #expect(value.inner.level == 255 && value.inner.offset == .min)
        #expect(value.maybe?.level == 0)
        #expect(value.list.map(\.level) == [1, 2])
        #expect(value.table["x"]?.offset == 0)
        #expect(value.limit == -1)
        #expect(value.extra?[0]?.int == 1)
    }

    @Test("absent and null are zero values, and nil where a field may be missing")
    func zeroValues() throws {
        for text in [
            "{}", "null", #"{"name":null,"on":null,"tags":null,"inner":null,"maybe":null,"limit":null,"extra":null,"table":null}"#,
        ] {
            let value = try decode(text)
            #expect(value.name.isEmpty && !value.on && value.tags.isEmpty && value.labels.isEmpty)
            #expect(value.inner.level == 0 && value.maybe == nil && value.limit == nil && value.extra == nil)
        }
        #expect(try decode(#"{"tags":[null],"numbers":[null]}"#).tags == [""])
    }

    @Test(
        "a mistake names its place and what stood there",
        arguments: [
            (#"{"name":1}"#, "name: expected a string, found number 1"),
            (#"{"on":"yes"}"#, "on: expected a boolean, found a string"),
            (#"{"tags":["a",{}]}"#, "tags.[1]: expected a string, found an object"),
            (#"{"tags":{}}"#, "tags: expected an array, found an object"),
            (#"{"numbers":[1,-1]}"#, "numbers.[1]: number -1 is out of range"),
            (#"{"inner":{"level":256}}"#, "inner.level: number 256 is out of range"),
            (#"{"inner":{"level":1.5}}"#, "inner.level: number 1.5 is out of range"),
            (#"{"inner":{"offset":9223372036854775808}}"#, "inner.offset: number 9223372036854775808 is out of range"),
            (#"{"inner":{"offset":-9223372036854775809}}"#, "inner.offset: number -9223372036854775809 is out of range"),
            (#"{"inner":[]}"#, "inner: expected an object, found an array"),
            (#"{"list":[{"level":true}]}"#, "list.[0].level: expected a whole number, found a boolean"),
            (#"{"table":{"x":{"level":"1"}}}"#, "table.x.level: expected a whole number, found a string"),
            (#"{"labels":{"k":1}}"#, "labels.k: expected a string, found number 1"),
            (#"[]"#, "expected an object, found an array"),
        ])
    func mistakes(text: String, message: String) {
        #expect {
            try decode(text)
        } throws: {
            "\($0)" == message
        }
    }

    @Test("a key that is only canonically the same is another key")
    func keysAreBytes() throws {
        // U+212A KELVIN SIGN is canonically a K.
        #expect(try JSON.parse(Array("{\"\u{212A}\":1,\"K\":2}".utf8))["K"]?.int == 2)
        #expect(try JSON.parse(Array("{\"\u{212A}\":1}".utf8))["K"] == nil)
    }
}
