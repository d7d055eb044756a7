// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Writes a filter down as the kernel's program, from its end to its beginning: jumps only lead forward, so whatever a jump
// leads to is there already and its distance is known.
//
//     architecture?           one of the listed ones, else the action for foreign calls
//       number >= ...?        a binary search: as many comparisons as the segments' count has bits
//         arguments?          only for calls whose rules have conditions
//           action
//
// Up to the arguments a program depends on number and architecture alone. The kernel tries that once for every number when
// it takes the filter, and calls that are always allowed never run the program again.

/// Builds one program.
struct FilterEmitter {
    /// A place in the program: how many instructions stand behind it.
    private typealias Place = Int

    private enum Comparison: UInt16 {
        case equal = 0x15
        case greater = 0x25
        case atLeast = 0x35
    }

    /// The last instruction first.
    private var reversed: [FilterInstruction] = []
    /// The nearest place that ends with an action.
    private var ends: [UInt32: Place] = [:]
    /// The nearest jump to a place too far away for a comparison.
    private var bridges: [Place: Place] = [:]
    private var bodies: [FilterDecision: Place] = [:]

    private init() {}

    /// `foreign` is the action for calls of no listed architecture. The first space is found soonest.
    static func program(_ spaces: [FilterSpace], foreign: UInt32) -> [FilterInstruction] {
        var emitter = FilterEmitter()
        let roots = spaces.reversed().map { space in
            (space.token, emitter.load(FilterData.number, then: emitter.search(space.segments[...])))
        }
        var next = emitter.end(foreign)
        for (token, root) in roots { next = emitter.branch(.equal, token, then: root, otherwise: next) }
        _ = emitter.load(FilterData.architecture, then: next)
        return emitter.reversed.reversed()
    }

    // MARK: Decisions

    private mutating func search(_ segments: ArraySlice<FilterSpace.Segment>) -> Place {
        if segments.count == 1 { return segments.first.map { place(of: $0.decision) } ?? 0 }
        let middle = segments.startIndex + segments.count / 2
        let upper = search(segments[middle...])
        let lower = search(segments[..<middle])
        return branch(.atLeast, segments[middle].start, then: upper, otherwise: lower)
    }

    private mutating func place(of decision: FilterDecision) -> Place {
        if let place = bodies[decision] { return place }
        switch decision {
        case .action(let action): return end(action)
        case .rules(let rules, let isNarrow, let otherwise):
            var next = end(otherwise)
            for rule in rules.reversed() {
                var held = end(rule.action)
                for condition in rule.conditions.reversed() { held = test(condition, isNarrow, then: held, otherwise: next) }
                next = held
            }
            bodies[decision] = next
            return next
        }
    }

    // MARK: Arguments

    /// Arguments are 64 bits wide and the machine has 32: the upper half is looked at first. On a narrow architecture that
    /// half is no part of the argument, and may hold anything.
    private mutating func test(_ condition: FilterCondition, _ isNarrow: Bool, then: Place, otherwise: Place) -> Place {
        let (pass, fail) = condition.isNegated ? (otherwise, then) : (then, otherwise)
        let (low, high) = FilterData.halves(ofArgument: condition.argument)
        switch condition.test {
        case .equal(let mask, let value):
            if isNarrow && value.high != 0 { return fail }
            let lower = half(low, mask.low, value.low, then: pass, otherwise: fail)
            return isNarrow ? lower : half(high, mask.high, value.high, then: lower, otherwise: fail)
        case .greater(let value): return order(.greater, value, isNarrow, low, high, then: pass, otherwise: fail)
        case .atLeast(let value): return order(.atLeast, value, isNarrow, low, high, then: pass, otherwise: fail)
        }
    }

    private mutating func half(_ offset: UInt32, _ mask: UInt32, _ value: UInt32, then: Place, otherwise: Place) -> Place {
        if mask == 0 { return then }
        var place = branch(.equal, value, then: then, otherwise: otherwise)
        if mask != .max { place = put(.and(mask), before: place) }
        return load(offset, then: place)
    }

    private mutating func order(
        _ comparison: Comparison, _ value: UInt64, _ isNarrow: Bool, _ low: UInt32, _ high: UInt32, then: Place, otherwise: Place
    ) -> Place {
        if isNarrow && value.high != 0 { return otherwise }
        let lower = load(low, then: branch(comparison, value.low, then: then, otherwise: otherwise))
        if isNarrow { return lower }
        let same = branch(.equal, value.high, then: lower, otherwise: otherwise)
        return load(high, then: branch(.greater, value.high, then: then, otherwise: same))
    }

    // MARK: Instructions

    private mutating func end(_ action: UInt32) -> Place {
        if let place = ends[action] { return place }
        reversed.append(.end(action))
        ends[action] = reversed.count - 1
        return reversed.count - 1
    }

    private mutating func load(_ offset: UInt32, then: Place) -> Place { put(.load(offset), before: then) }

    /// An instruction that goes on at `place`.
    private mutating func put(_ instruction: FilterInstruction, before place: Place) -> Place {
        if place != reversed.count - 1 { reversed.append(.skip(UInt32(reversed.count - 1 - place))) }
        reversed.append(instruction)
        return reversed.count - 1
    }

    private mutating func branch(_ comparison: Comparison, _ value: UInt32, then: Place, otherwise: Place) -> Place {
        if then == otherwise { return then }
        let then = near(then)
        let otherwise = near(otherwise)
        func distance(_ place: Place) -> UInt8 { UInt8(clamping: reversed.count - 1 - place) }
        reversed.append(
            FilterInstruction(
                code: comparison.rawValue, jumpTrue: distance(then), jumpFalse: distance(otherwise), operand: value))
        return reversed.count - 1
    }

    /// A comparison jumps over 255 instructions at most. Farther places get a bridge, which is the end itself for an end.
    /// There stays room for one instruction, the bridge of the comparison's other way.
    private mutating func near(_ place: Place) -> Place {
        func isNear(_ place: Place) -> Bool { reversed.count - place <= 255 }
        if isNear(place) { return place }
        if let bridge = bridges[place], isNear(bridge) { return bridge }
        let target = reversed[place]
        reversed.append(target.isEnd ? target : .skip(UInt32(reversed.count - 1 - place)))
        bridges[place] = reversed.count - 1
        if target.isEnd { ends[target.operand] = reversed.count - 1 }
        return reversed.count - 1
    }
}

extension UInt64 {
    fileprivate var low: UInt32 { UInt32(truncatingIfNeeded: self) }
    fileprivate var high: UInt32 { UInt32(self >> 32) }
}
