// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a bad config.json is for the tests: one change to a good one, or other bytes altogether, and the words that the
// refusal must have, so that whoever wrote it finds the field.

import Testing
import WharfJSON
import WharfOCI
import WharfTestKit

/// One document that must be refused.
struct BadConfig: Sendable, CustomTestStringConvertible {
    let name: String
    /// config.json's bytes, from a good document.
    let bytes: @Sendable (JSONValue) throws -> [UInt8]
    /// What the error must say, lower case.
    let says: String
    /// The container's name.
    var id: String?

    var testDescription: String { name }

    /// A good document with the member at `path` replaced by JSON text.
    init(_ path: String, _ json: String, says: String) {
        name = "\(path) = \(json.utf8.count > 60 ? "\(json.prefix(50))… (\(json.utf8.count) bytes)" : json)"
        bytes = { JSON.encode(try $0.replacing(path, with: json)) }
        self.says = says
    }

    /// Bytes of their own.
    init(document: String, says: String, _ bytes: @escaping @Sendable (_ good: [UInt8]) -> [UInt8]) {
        name = "the document: \(document)"
        self.bytes = { bytes(JSON.encode($0)) }
        self.says = says
    }

    /// A good document under a bad name.
    init(id: String, says: String) {
        name = "the id \(id.debugDescription)"
        bytes = { JSON.encode($0) }
        self.says = says
        self.id = id
    }

    /// All of them.
    static let all = documents + names + process + root + mounts + namespaces + linux + resources + filters + hooks
}

extension BadConfig {
    /// Bytes that are no document.
    static let documents: [BadConfig] = [
        .init(document: "empty", says: "json") { _ in [] },
        .init(document: "white space", says: "json") { _ in Array("  \n ".utf8) },
        .init(document: "a number", says: "expected") { _ in Array("1".utf8) },
        .init(document: "an array", says: "expected") { _ in Array("[]".utf8) },
        .init(document: "null", says: "") { _ in Array("null".utf8) },
        .init(document: "cut off", says: "end of json") { Array($0.dropLast(10)) },
        .init(document: "two in a row", says: "extra data") { $0 + $0 },
        .init(document: "with a byte order mark", says: "json") { [0xEF, 0xBB, 0xBF] + $0 },
        .init(document: "with a comment", says: "json") { Array("/* x */".utf8) + $0 },
        .init(document: "with a trailing comma", says: "json") { Array($0.dropLast()) + Array(",}".utf8) },
        .init(document: "a key twice", says: "stands twice") { Array($0.dropLast()) + Array(#","ociVersion":"1.0.2"}"#.utf8) },
        .init(document: "args twice, the second one worse", says: "stands twice") { good in
            Array(String(decoding: good, as: UTF8.self).replacing(#""args":["#, with: #""args":["a"],"args":["#).utf8)
        },
        .init(document: "a key twice, once escaped", says: "stands twice") {
            Array($0.dropLast()) + Array(#","oci\u0056ersion":"1.0.2"}"#.utf8)
        },
        .init(document: "not UTF-8", says: "utf-8") { Array($0.dropLast()) + Array(#","x":""#.utf8) + [0xC3, 0x28] + Array(#""}"#.utf8) },
        .init(document: "UTF-16", says: "json") { $0.flatMap { [$0, 0] } },
        .init(document: "NUL bytes", says: "json") { [UInt8](repeating: 0, count: $0.count) },
        .init(document: "a control character in a string", says: "json") { Array($0.dropLast()) + Array("\",\"x\":\"\n\"}".utf8) },
        .init(document: "nested a hundred deep", says: "nested too deeply") {
            Array($0.dropLast()) + Array((#","x":"# + String(repeating: "[", count: 100) + String(repeating: "]", count: 100) + "}").utf8)
        },
        .init(document: "nested a million deep", says: "nested too deeply") { _ in [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
        },
        .init(document: "five MiB", says: "config.json") {
            Array($0.dropLast()) + Array(#","x":""#.utf8) + [UInt8](repeating: 0x61, count: 5 << 20) + Array(#""}"#.utf8)
        },
        .init(document: "single quotes", says: "json") { Array(String(decoding: $0, as: UTF8.self).replacing("\"", with: "'").utf8) },
        .init(document: "NaN", says: "json") { Array($0.dropLast()) + Array(#","x":NaN}"#.utf8) },
        .init(document: "a number with a leading zero", says: "json") { Array($0.dropLast()) + Array(#","x":01}"#.utf8) },
    ]

    /// Names that a container can't have.
    static let names: [BadConfig] = [
        "", ".", "..", "../escape", "a/b", "/abs", "a\nb", "a b", "-rm", "--root", "ä", "a\u{301}", String(repeating: "x", count: 2000),
        "a;b", "%s", ":",
    ].map { .init(id: $0, says: $0.utf8.first == UInt8(ascii: "-") ? "" : "id") }
}
