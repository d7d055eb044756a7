// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Decoding by Go's rules: absent, null, the case of keys, and where a mistake is.

import Testing
import WharfJSON

@Suite struct JSONDecodingTests {
    private struct Inner: Decodable, Equatable {
        var level = 0
        var on = false
        enum CodingKeys: String, CodingKey {
            case level = "Level"
            case on = "On"
        }
    }

    private struct Outer: Decodable {
        let name: String
        let tags: [String]
        let labels: [String: String]
        let inner: Inner
        let count: Int64
        let ratio: Double
        let limit: Int?
        let extra: JSONValue
        enum CodingKeys: String, CodingKey {
            case name = "Name"
            case tags = "Tags"
            case labels = "Labels"
            case inner = "Inner"
            case count = "Count"
            case ratio = "Ratio"
            case limit = "Limit"
            case extra = "Extra"
        }
    }

    private func decode(_ text: String, keys: JSON.KeyMatching = .caseInsensitive) throws -> Outer {
        try JSON.decode(Outer.self, from: Array(text.utf8), keys: keys)
    }

    @Test(arguments: ["{}", "null", #"{"Name":null,"Tags":null,"Labels":null,"Inner":null,"Count":null,"Limit":null,"Extra":null}"#])
    func absentAndNullAreZero(text: String) throws {
        let value = try decode(text)
        #expect(value.name == "")
        #expect(value.tags.isEmpty)
        #expect(value.labels.isEmpty)
        #expect(value.inner == Inner())
        #expect(value.count == 0)
        #expect(value.ratio == 0)
        #expect(value.limit == nil)
        #expect(value.extra == .null)
    }

    @Test func keysMatchWithoutCaseAndUnknownOnesAreIgnored() throws {
        let value = try decode(#"{"name":"a","TAGS":["x"],"inner":{"LEVEL":3,"on":true},"limit":5,"surprise":{}}"#)
        #expect(value.name == "a")
        #expect(value.tags == ["x"])
        #expect(value.inner == Inner(level: 3, on: true))
        #expect(value.limit == 5)
        #expect(try decode(#"{"name":"a"}"#, keys: .exact).name == "")
    }

    @Test func theKeysOfAMapKeepTheirCase() throws {
        let value = try decode(#"{"Labels":{"a":"1","A":"2"},"Extra":{"n":1.50}}"#)
        #expect(value.labels == ["a": "1", "A": "2"])
        #expect(String(decoding: JSON.encode(value.extra), as: UTF8.self) == #"{"n":1.50}"#)
    }

    @Test func mistakesNameTheirPlace() {
        func message(_ text: String) -> String {
            do {
                _ = try decode(text)
                return ""
            } catch {
                return "\(error)"
            }
        }
        #expect(message(#"{"Tags":["a",1]}"#) == "Tags.[1]: expected a string, found number 1")
        #expect(message(#"{"Inner":{"Level":"x"}}"#) == "Inner.Level: expected a whole number, found a string")
        #expect(message(#"{"Count":9223372036854775808}"#) == "Count: number 9223372036854775808 is out of range")
        #expect(message(#"{"Count":1.5}"#) == "Count: number 1.5 is out of range")
        #expect(message("[]") == "expected an object, found an array")
    }
}
