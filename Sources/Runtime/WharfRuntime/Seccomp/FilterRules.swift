// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A filter between a profile and the kernel's program: numbers instead of names, one space of numbers for each architecture
// that the kernel tells apart, and in it one decision for every number there is. SeccompCompiler makes it, FilterEmitter
// writes it down.

/// One test of one argument.
struct FilterCondition: Hashable {
    enum Test: Hashable {
        /// `argument & mask == value`; no bit of the value is outside of the mask.
        case equal(mask: UInt64, value: UInt64)
        case greater(UInt64)
        case atLeast(UInt64)
    }

    /// 0 to 5.
    let argument: UInt32
    let test: Test
    /// Whether it holds when the test fails.
    let isNegated: Bool

    init(_ argument: UInt32, _ test: Test, isNegated: Bool = false) {
        self.argument = argument
        self.test = test
        self.isNegated = isNegated
    }

    /// OCI's operators; nil for an unknown one. `other` counts for `SCMP_CMP_MASKED_EQ` only, and there only within the mask.
    init?(_ argument: UInt32, _ operation: String, _ value: UInt64, _ other: UInt64) {
        switch operation {
        case "SCMP_CMP_EQ": self.init(argument, .equal(mask: .max, value: value))
        case "SCMP_CMP_NE": self.init(argument, .equal(mask: .max, value: value), isNegated: true)
        case "SCMP_CMP_GT": self.init(argument, .greater(value))
        case "SCMP_CMP_LE": self.init(argument, .greater(value), isNegated: true)
        case "SCMP_CMP_GE": self.init(argument, .atLeast(value))
        case "SCMP_CMP_LT": self.init(argument, .atLeast(value), isNegated: true)
        case "SCMP_CMP_MASKED_EQ": self.init(argument, .equal(mask: value, value: other & value))
        default: return nil
        }
    }
}

/// What happens to a call when all of the conditions hold.
struct FilterRule: Hashable {
    /// On different arguments; none is always.
    let conditions: [FilterCondition]
    let action: UInt32
}

/// What happens to one number.
enum FilterDecision: Hashable {
    case action(UInt32)
    /// The first rule that holds, else the last action. `isNarrow`: only the lower half of an argument is the argument.
    case rules([FilterRule], isNarrow: Bool, otherwise: UInt32)

    /// The rules of one call in the order in which they count: those with fewer conditions first, and among equals the one
    /// that the profile names first. So a rule without conditions makes all others of its call idle, as with libseccomp.
    init(_ rules: [FilterRule], isNarrow: Bool, otherwise: UInt32) {
        if let always = rules.first(where: \.conditions.isEmpty) {
            self = .action(always.action)
        } else {
            let ordered = (1...6).flatMap { count in rules.filter { $0.conditions.count == count } }
            self = .rules(ordered, isNarrow: isNarrow, otherwise: otherwise)
        }
    }
}

/// All numbers of one architecture as the kernel reports it.
struct FilterSpace {
    /// A number and what happens to it and to all up to the next segment's.
    struct Segment {
        let start: UInt32
        let decision: FilterDecision
    }

    /// AUDIT_ARCH_*.
    let token: UInt32
    /// By their starts; the first begins at 0. Neighbours differ.
    private(set) var segments: [Segment] = []

    /// `background` says what happens between the calls, from each of its numbers on; its first is 0.
    init(token: UInt32, calls: [UInt32: FilterDecision], background: [(start: UInt32, action: UInt32)]) {
        self.token = token
        var starts = Set(background.map(\.start))
        for number in calls.keys {
            starts.insert(number)
            if number < .max { starts.insert(number + 1) }
        }
        var ground = background[...]
        var between = FilterDecision.action(0)
        for start in starts.sorted() {
            if let next = ground.first, next.start == start {
                between = .action(next.action)
                ground.removeFirst()
            }
            let decision = calls[start] ?? between
            if segments.last?.decision != decision { segments.append(Segment(start: start, decision: decision)) }
        }
    }
}
