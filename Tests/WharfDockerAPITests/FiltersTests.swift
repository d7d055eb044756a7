// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The filters parameter: both of its forms, its errors, and how values match.

import Testing
import WharfDockerAPI
import WharfError

@Suite struct FiltersTests {
    @Test func bothForms() throws {
        #expect(try Filters(json: #"{"label":{"a":true,"b":true}}"#).values("label") == ["a", "b"])
        #expect(try Filters(json: #"{"label":["a","b"]}"#).values("label") == ["a", "b"])
        #expect(try Filters(json: "").isEmpty)
        #expect(try Filters(json: "{}").isEmpty)
        #expect(try Filters(json: "null").isEmpty)
    }

    @Test(arguments: ["x", "[]", #"{"a":1}"#, #"{"a":[1]}"#, #"{"a":{"b":1}}"#, #"{"a":["b"],"a":["c"]}"#, "{"])
    func malformed(text: String) {
        #expect {
            try Filters(json: text)
        } throws: {
            ($0 as? WharfError)?.code == .invalidArgument && "\($0)" == "invalid filter"
        }
    }

    @Test func unknownKeys() throws {
        let filters = try Filters(json: #"{"bogus":["1"],"name":["x"]}"#)
        #expect {
            try filters.validate(accepting: ["name"])
        } throws: {
            "\($0)" == "invalid filter 'bogus'"
        }
        try filters.validate(accepting: ["name", "bogus"])
    }

    @Test func booleans() throws {
        #expect(try Filters(json: #"{"dangling":["true"]}"#).bool("dangling", default: false))
        #expect(try !Filters(json: #"{"dangling":["0"]}"#).bool("dangling", default: true))
        #expect(try Filters().bool("dangling", default: true))
        for value in [#"["x"]"#, #"["true","false"]"#, "[]"] {
            #expect(throws: WharfError.self) { try Filters(json: #"{"dangling":\#(value)}"#).bool("dangling", default: false) }
        }
        #expect {
            try Filters(json: #"{"dangling":["x"]}"#).bool("dangling", default: false)
        } throws: {
            "\($0)" == "invalid filter 'dangling=[x]'"
        }
    }

    @Test func labels() throws {
        let labels = ["a": "1", "b": "x=y"]
        func matches(_ text: String) throws -> Bool { try Filters(json: #"{"label":\#(text)}"#).labelMatch("label", labels) }
        #expect(try matches(#"["a"]"#))
        #expect(try matches(#"["a=1","b=x=y"]"#))
        #expect(try !matches(#"["a=2"]"#))
        #expect(try !matches(#"["a","c"]"#))
        #expect(Filters().labelMatch("label", labels))
    }

    @Test func exactAndPrefix() throws {
        let filters = try Filters(json: #"{"status":["running","paused"],"id":["ab"]}"#)
        #expect(filters.exactMatch("status", "paused"))
        #expect(!filters.exactMatch("status", "exited"))
        #expect(filters.prefixMatch("id", "abc"))
        #expect(!filters.prefixMatch("id", "cab"))
        #expect(filters.exactMatch("absent", "anything"))
    }

    @Test func written() throws {
        var filters = Filters()
        filters.add("label", "b")
        filters.add("label", "a")
        filters.add("label", "a")
        filters.add("dangling", "true")
        #expect(filters.parameter == #"{"dangling":{"true":true},"label":{"a":true,"b":true}}"#)
        #expect(Filters().parameter == nil)
    }

    private static let patternsCases: [(String, String, Bool)] = [
        ("web", "my-web-1", true), ("^web", "my-web", false), ("^web", "web-1", true), ("web$", "my-web", true), ("^web$", "web", true),
        ("^web$", "webs", false), ("w.b", "wab", true), ("w*b", "b", true), ("w+b", "b", false), ("we?b", "wb", true), ("a|b", "xbx", true),
        ("^(a|b)c$", "bc", true), ("^(?:ab)+$", "abab", true), ("^[a-c]{2,3}$", "abc", true), ("^[a-c]{2,3}$", "a", false),
        ("^[^0-9]+$", "abc", true), ("^[^0-9]+$", "a1", false), (#"\d+"#, "a12", true), (#"^\w+$"#, "a_1", true), (#"a\.b"#, "axb", false),
        ("(?i)WEB", "my-web", true), ("[]x]", "]", true), ("", "x", true), ("a{2}", "aa", true), ("a{,2}", "a{,2}", true),
        ("[a-]", "-", true),
        ("^a*?$", "aaa", true), ("(", "(", true), ("(", "x", false), ("*", "x", false), (#"\q"#, "q", false), ("a{2,1}", "aa", false),
    ]

    @Test(arguments: patternsCases)
    func patterns(pattern: String, name: String, isFound: Bool) throws {
        var filters = Filters()
        filters.add("name", pattern)
        #expect(filters.patternMatch("name", name) == isFound)
    }

    /// Expressions that make back-tracking matchers run for ever.
    @Test func hostilePatternsAreLinear() {
        for pattern in ["(a*)*b", "(a|a)*b", "(a+)+$x", "((a{99}){99}){99}", String(repeating: "(", count: 5000), "(((a*)*)*)*b"] {
            var filters = Filters()
            filters.add("name", pattern)
            #expect(!filters.patternMatch("name", String(repeating: "a", count: 256)))
        }
    }
}
