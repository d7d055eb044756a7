// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Turns the text of a filter's regular expression into the steps of an automaton, by recursive descent:
// alternatives, sequences, repeated atoms.

/// Compiles one expression. The number of steps and the depth are bounded, so that `((a{99}){99}){99}` is refused.
struct FilterPatternCompiler {
    private let text: [Unicode.Scalar]
    private var position = 0
    private var depth = 0
    private var ignoresCase = false

    private static let maximumSteps = 4096
    private static let maximumDepth = 32

    init(_ text: String) { self.text = Array(text.unicodeScalars) }

    private struct Broken: Error {}

    /// nil for a broken expression.
    mutating func compile() -> [FilterPattern.Step]? {
        do {
            let steps = try alternatives()
            return position == text.count ? steps + [.accept] : nil
        } catch {
            return nil
        }
    }

    private var next: Unicode.Scalar? { position < text.count ? text[position] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        position += 1
        return true
    }

    /// Steps hold absolute targets; a fragment is compiled at 0 and moved into place.
    private func moved(_ steps: [FilterPattern.Step], by offset: Int) -> [FilterPattern.Step] {
        steps.map { step in
            switch step {
            case .split(let left, let right): .split(left + offset, right + offset)
            case .jump(let target): .jump(target + offset)
            default: step
            }
        }
    }

    private func joined(_ left: [FilterPattern.Step], _ right: [FilterPattern.Step]) throws(Broken) -> [FilterPattern.Step] {
        guard left.count + right.count <= Self.maximumSteps else { throw Broken() }
        return left + moved(right, by: left.count)
    }

    private mutating func alternatives() throws(Broken) -> [FilterPattern.Step] {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else { throw Broken() }
        var result = try sequence()
        while take("|") {
            let other = try sequence()
            let end = result.count + other.count + 2
            guard end <= Self.maximumSteps else { throw Broken() }
            result = [.split(1, result.count + 2)] + moved(result, by: 1) + [.jump(end)] + moved(other, by: result.count + 2)
        }
        return result
    }

    private mutating func sequence() throws(Broken) -> [FilterPattern.Step] {
        var result: [FilterPattern.Step] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            let piece = try repeated(try atom())
            result = try joined(result, piece)
        }
        return result
    }

    private mutating func repeated(_ piece: [FilterPattern.Step]) throws(Broken) -> [FilterPattern.Step] {
        var piece = piece
        while true {
            if take("*") {
                piece = [.split(1, piece.count + 2)] + moved(piece, by: 1) + [.jump(0)]
            } else if take("+") {
                piece += [.split(0, piece.count + 1)]
            } else if take("?") {
                piece = [.split(1, piece.count + 1)] + moved(piece, by: 1)
            } else if next == "{", let (low, high) = bounds() {
                piece = try times(piece, low, high)
            } else {
                return piece
            }
            // The lazy form finds the same strings.
            _ = take("?")
        }
    }

    /// `{2}`, `{2,}`, `{2,5}`; anything else is a literal brace, as in RE2.
    private mutating func bounds() -> (Int, Int?)? {
        guard let close = text[position...].firstIndex(of: "}") else { return nil }
        let inner = String(String.UnicodeScalarView(text[position + 1..<close]))
        let parts = inner.split(separator: ",", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let low = Int(parts[0]), (0...1000).contains(low) else { return nil }
        var high: Int? = low
        if parts.count == 2 {
            if parts[1].isEmpty {
                high = nil
            } else if let value = Int(parts[1]), (low...1000).contains(value) {
                high = value
            } else {
                return nil
            }
        }
        position = close + 1
        return (low, high)
    }

    private func times(_ piece: [FilterPattern.Step], _ low: Int, _ high: Int?) throws(Broken) -> [FilterPattern.Step] {
        var result: [FilterPattern.Step] = []
        for _ in 0..<low { result = try joined(result, piece) }
        guard let high else {
            return try joined(result, [.split(1, piece.count + 2)] + moved(piece, by: 1) + [.jump(0)])
        }
        for _ in low..<max(low, high) { result = try joined(result, [.split(1, piece.count + 1)] + moved(piece, by: 1)) }
        return result
    }

    private mutating func atom() throws(Broken) -> [FilterPattern.Step] {
        guard let scalar = next else { throw Broken() }
        position += 1
        switch scalar {
        case "(":
            if take("?") {
                if take("i") {
                    ignoresCase = true
                    if take(")") { return [] }
                }
                guard take(":") else { throw Broken() }
            }
            let inner = try alternatives()
            guard take(")") else { throw Broken() }
            return inner
        case "*", "+", "?": throw Broken()
        case "^": return [.start]
        case "$": return [.end]
        case ".": return [.scalar(.any)]
        case "[": return [.scalar(cased(try characterClass()))]
        case "\\":
            if take("A") { return [.start] }
            if take("z") { return [.end] }
            return [.scalar(cased(try escape()))]
        default: return [.scalar(cased(.one(scalar)))]
        }
    }

    private func cased(_ set: ScalarSet) -> ScalarSet { ignoresCase ? set.ignoringCase : set }

    /// The set behind a backslash.
    private mutating func escape() throws(Broken) -> ScalarSet {
        guard let scalar = next else { throw Broken() }
        position += 1
        switch scalar {
        case "d": return .digit
        case "D": return ScalarSet(ranges: ScalarSet.digit.ranges, isNegated: true)
        case "w": return .word
        case "W": return ScalarSet(ranges: ScalarSet.word.ranges, isNegated: true)
        case "s": return .space
        case "S": return ScalarSet(ranges: ScalarSet.space.ranges, isNegated: true)
        case "n": return .one("\n")
        case "t": return .one("\t")
        default:
            // Only punctuation may be escaped; letters and digits have, or may get, a meaning.
            guard scalar.isASCII, !ScalarSet.word.contains(scalar) else { throw Broken() }
            return .one(scalar)
        }
    }

    private mutating func characterClass() throws(Broken) -> ScalarSet {
        var set = ScalarSet(ranges: [], isNegated: take("^"))
        var isFirst = true
        while true {
            guard let scalar = next else { throw Broken() }
            position += 1
            if scalar == "]", !isFirst { return set }
            isFirst = false
            var low = ScalarSet.one(scalar)
            if scalar == "\\" {
                low = try escape()
                guard !low.isNegated else { throw Broken() }
            }
            let isRange = next == "-" && position + 1 < text.count && text[position + 1] != "]"
            guard isRange, low.ranges.count == 1, low.ranges[0].count == 1 else {
                set.ranges += low.ranges
                continue
            }
            position += 1
            var high = text[position]
            position += 1
            if high == "\\" {
                guard let value = try escape().ranges.first, let end = Unicode.Scalar(value.lowerBound) else { throw Broken() }
                high = end
            }
            guard low.ranges[0].lowerBound <= high.value else { throw Broken() }
            set.ranges.append(low.ranges[0].lowerBound...high.value)
        }
    }
}
