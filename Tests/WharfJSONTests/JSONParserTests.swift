// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The strict reader on good documents and on hostile ones.

import Testing
import WharfJSON

@Suite struct JSONParserTests {
    private func parse(_ text: String) throws -> JSONValue { try JSON.parse(Array(text.utf8)) }

    private func reason(_ bytes: [UInt8], limits: JSONLimits = .standard) -> JSONError.Reason? {
        do throws(JSONError) {
            _ = try JSON.parse(bytes, limits: limits)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test func readsEveryKindOfValue() throws {
        let value = try parse(#" {"a": [1, -2.5e3, true, false, null, "x"], "b": {"c": ""}} "#)
        #expect(value["a"]?[0]?.int == 1)
        #expect(value["a"]?[1]?.double == -2500)
        #expect(value["a"]?[2]?.bool == true)
        #expect(value["a"]?[4] == .null)
        #expect(value["b"]?["c"]?.string == "")
        #expect(value.object?.keys == ["a", "b"])
    }

    @Test(arguments: [
        (#""\n\t\"\\/\b\f\r""#, "\n\t\"\\/\u{8}\u{C}\r"), (#""\u00e9""#, "é"), (#""\ud83d\ude00""#, "😀"),
        (#""\ud83d""#, "\u{FFFD}"), (#""\ud83dx""#, "\u{FFFD}x"), (#""\udc00""#, "\u{FFFD}"), (#""\ud83d\u0041""#, "\u{FFFD}A"),
    ]) func readsEscapes(text: String, expected: String) throws {
        #expect(try parse(text).string == expected)
    }

    @Test(arguments: [
        "", " ", "{", "[", "[1", "[1,", "{\"a\"", "{\"a\":", "{\"a\":1", "\"", "\"\\", "\"\\u12", "t", "tru", "nul", "-", "1.", "1e", "1e+",
    ]) func refusesWhatEndsEarly(text: String) {
        #expect(reason(Array(text.utf8)) == .truncated)
    }

    @Test(arguments: [
        "01", "+1", ".5", "{a:1}", "[1 2]", "{\"a\" 1}", "[,]", "{,}", "[1,]", "{\"a\":1,}", "'a'", "tRue", "1 2", "\"\u{1}\"", "\"\\x\"",
        "\"\\u00g0\"", "NaN",
    ])
    func refusesWhatTheGrammarForbids(text: String) {
        #expect(reason(Array(text.utf8)) != nil)
    }

    @Test func refusesDuplicateKeysInSmallAndLargeObjects() {
        #expect(reason(Array(#"{"a":1,"a":2}"#.utf8)) == .duplicateKey("a"))
        let many = (0..<40).map { "\"k\($0)\":0" }.joined(separator: ",")
        #expect(reason(Array("{\(many),\"k7\":1}".utf8)) == .duplicateKey("k7"))
        #expect(reason(Array("{\(many),\"k40\":1}".utf8)) == nil)
    }

    @Test func keysThatOnlyLookAlikeAreDifferent() throws {
        let value = try parse("{\"\u{E9}\": 1, \"e\u{301}\": 2}")
        #expect(value["\u{E9}"]?.int == 1)
        #expect(value["e\u{301}"]?.int == 2)
    }

    @Test func refusesBytesThatAreNotUTF8() {
        for bytes: [UInt8] in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82], [0xF5, 0x80, 0x80, 0x80]] {
            #expect(reason([0x22] + bytes + [0x22]) == .invalidUTF8)
        }
    }

    @Test func staysWithinItsLimits() {
        let deep = [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
        #expect(reason(deep) == .tooDeep)
        let nested = String(repeating: "[", count: 3) + String(repeating: "]", count: 3)
        #expect(reason(Array(nested.utf8), limits: JSONLimits(bytes: 100, depth: 3)) == nil)
        #expect(reason(Array(nested.utf8), limits: JSONLimits(bytes: 100, depth: 2)) == .tooDeep)
        #expect(reason(Array("[1,2]".utf8), limits: JSONLimits(bytes: 4, depth: 3)) == .tooLarge)
    }
}
