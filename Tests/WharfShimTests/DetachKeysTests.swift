// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Finding the detach keys in what a client types.

import Testing

@testable import WharfShim

@Suite struct DetachKeysTests {
    /// Feeds pieces; what was passed on, and whether the sequence was found.
    private func scan(_ keys: String, _ pieces: String...) -> (passed: String, isComplete: Bool) {
        var scanner = DetachKeys(Array(keys.utf8))
        var passed: [UInt8] = []
        for piece in pieces {
            let (bytes, isComplete) = scanner.scan(piece.utf8)
            passed += bytes
            if isComplete { return (String(decoding: passed, as: UTF8.self), true) }
        }
        return (String(decoding: passed + scanner.rest(), as: UTF8.self), false)
    }

    @Test func theSequenceIsFoundWhereverItIsCut() {
        for cut in 0...6 {
            let text = "ab\u{10}\u{11}cd"
            let first = String(text.unicodeScalars.prefix(cut).map(Character.init))
            let second = String(text.unicodeScalars.dropFirst(cut).map(Character.init))
            #expect(scan("\u{10}\u{11}", first, second) == ("ab", true))
        }
    }

    @Test func aBeginningThatGoesOnOtherwiseIsPassedOn() {
        #expect(scan("\u{10}\u{11}", "a\u{10}", "b") == ("a\u{10}b", false))
        #expect(scan("\u{10}\u{11}", "a\u{10}\u{10}\u{11}b") == ("a\u{10}", true))
        #expect(scan("\u{10}\u{11}", "a\u{10}") == ("a\u{10}", false))
    }

    @Test func sequencesThatOverlapThemselvesAreFound() {
        #expect(scan("aab", "aaab") == ("a", true))
        #expect(scan("abab\u{1}", "ababab\u{1}") == ("ab", true))
        #expect(scan("aa", "a", "a") == ("", true))
    }

    @Test func withoutKeysEverythingPasses() {
        #expect(scan("", "any\u{10}\u{11}thing") == ("any\u{10}\u{11}thing", false))
    }
}

private func == (left: (passed: String, isComplete: Bool), right: (String, Bool)) -> Bool {
    left.passed.utf8.elementsEqual(right.0.utf8) && left.isComplete == right.1
}
