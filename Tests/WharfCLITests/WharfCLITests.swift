// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The small readers and writers of the command line: sizes and detach keys, in docker's spelling.

import Testing

@testable import WharfCLI

@Suite("Sizes and keys")
struct SizesAndKeysTests {
    @Test(
        "sizes are binary multiples whatever the spelling",
        arguments: [("1024", 1024), ("16m", 16 << 20), ("1.5GiB", 3 << 29), ("2kb", 2048)])
    func sizes(text: String, bytes: Int64) throws {
        #expect(try ByteSize.parse(text).get() == bytes)
    }

    @Test("what is no size is refused", arguments: ["", "m", "-1", "5x", "1e400g"])
    func noSize(text: String) {
        #expect(throws: ByteSize.Invalid.self) { try ByteSize.parse(text).get() }
    }

    @Test("sizes are shown as docker shows them")
    func shown() {
        #expect(ByteSize.decimal(1_980_000) == "1.98MB")
        #expect(ByteSize.decimal(999) == "999B")
        #expect(ByteSize.binary(16 << 20) == "16MiB")
    }

    @Test("detach keys")
    func keys() {
        #expect(DetachKeys("") == .standard)
        #expect(DetachKeys("ctrl-p,ctrl-q") == .standard)
        #expect(DetachKeys("ctrl-a,x")?.bytes == [1, 120])
        #expect(DetachKeys("ctrl-") == nil)
        #expect(DetachKeys("ab") == nil)
    }
}
