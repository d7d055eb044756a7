// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Lists of processors and memory nodes as the kernel writes them and `--cpuset-cpus` takes them: `0-2,4`.

/// A set of small numbers.
struct NumberSet: Sendable, Equatable {
    /// Why a text is no list, in Docker's words.
    struct Failure: Error {
        let text: String
    }

    /// More processors than any Linux has (CVE-2018-20699: a range of 2^63 numbers must not be made).
    static let highest = 8192

    private var numbers: Set<Int> = []

    /// nil for anything but a list; empty is the empty set.
    init?(_ text: String) {
        do throws(Failure) { try self.init(parsing: text) } catch { return nil }
    }

    init(parsing text: String) throws(Failure) {
        if text.isEmpty { return }
        let invalid = Failure(text: "invalid format: \(text)")
        for part in text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let ends = part.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false).map(Self.number)
            guard (1...2).contains(ends.count), let low = ends[0], let high = ends[ends.count - 1], low <= high else { throw invalid }
            guard high <= Self.highest else { throw Failure(text: "value of out range, maximum is \(Self.highest)") }
            numbers.formUnion(low...high)
        }
    }

    /// Digits only; a number that doesn't fit is a large one.
    private static func number(_ digits: Substring.UTF8View) -> Int? {
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return digits.reduce(0) { min($0 * 10 + Int($1 - 0x30), highest + 1) }
    }

    func isSubset(of other: NumberSet) -> Bool { numbers.isSubset(of: other.numbers) }
}
