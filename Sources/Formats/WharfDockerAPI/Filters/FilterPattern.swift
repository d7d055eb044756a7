// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The regular expressions of the `name` filter. Anybody who may list containers sends them, so matching must be
// linear in the candidate whatever the expression is: a non-deterministic automaton walked with a set of states,
// never back-tracking. The syntax is what people use of RE2: literals, . ^ $ | ( ) * + ? {n,m}, classes, \d \w \s.

/// A compiled expression.
struct FilterPattern {
    /// What a state waits for.
    enum Step {
        case scalar(ScalarSet)
        case start
        case end
        case split(Int, Int)
        case jump(Int)
        case accept
    }

    private let steps: [Step]

    /// Compiles; nil for a broken or overlong expression.
    init?(_ text: String) {
        var compiler = FilterPatternCompiler(text)
        guard let steps = compiler.compile() else { return nil }
        self.steps = steps
    }

    /// Whether the expression matches somewhere in the candidate.
    func isFound(in candidate: String) -> Bool {
        let scalars = Array(candidate.unicodeScalars)
        var current: Set<Int> = []
        for position in 0...scalars.count {
            // A match may begin at every position.
            if follow(0, into: &current, atStart: position == 0, atEnd: position == scalars.count) { return true }
            guard position < scalars.count else { return false }
            var next: Set<Int> = []
            for state in current {
                guard case .scalar(let set) = steps[state], set.contains(scalars[position]) else { continue }
                if follow(state + 1, into: &next, atStart: false, atEnd: position + 1 == scalars.count) { return true }
            }
            current = next
        }
        return false
    }

    /// Adds a state with all that it reaches without reading; true when that includes acceptance.
    private func follow(_ first: Int, into states: inout Set<Int>, atStart: Bool, atEnd: Bool) -> Bool {
        var pending = [first]
        while let state = pending.popLast() {
            guard states.insert(state).inserted else { continue }
            switch steps[state] {
            case .scalar: break
            case .start: if atStart { pending.append(state + 1) }
            case .end: if atEnd { pending.append(state + 1) }
            case .split(let left, let right): pending += [left, right]
            case .jump(let target): pending.append(target)
            case .accept: return true
            }
        }
        return false
    }
}

/// A set of characters: ranges, perhaps negated.
struct ScalarSet {
    var ranges: [ClosedRange<UInt32>]
    var isNegated = false

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        ranges.contains { $0.contains(scalar.value) } != isNegated
    }

    static let any = ScalarSet(ranges: [0x0A...0x0A], isNegated: true)
    static let digit = ScalarSet(ranges: [0x30...0x39])
    static let word = ScalarSet(ranges: [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    static let space = ScalarSet(ranges: [0x09...0x0A, 0x0C...0x0D, 0x20...0x20])

    static func one(_ scalar: Unicode.Scalar) -> ScalarSet { ScalarSet(ranges: [scalar.value...scalar.value]) }

    /// The same letters in either case.
    var ignoringCase: ScalarSet {
        var wide = ranges
        for range in ranges {
            for (from, to) in [(UInt32(0x41), UInt32(0x61)), (0x61, 0x41)] {
                let low = max(range.lowerBound, from)
                let high = min(range.upperBound, from + 25)
                if low <= high { wide.append(low - from + to...high - from + to) }
            }
        }
        return ScalarSet(ranges: wide, isNegated: isNegated)
    }
}
