// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A test of one argument as instructions, for the calls that libseccomp does not know. Arguments are 64 bits wide and the
// machine has 32: the upper half is looked at first.

/// One test: `argument OP value`.
struct FilterCondition: Equatable {
    enum Comparison: Equatable {
        case notEqual, less, lessOrEqual, equal, greaterOrEqual, greater
        /// `argument & value == masked`.
        case maskedEqual(UInt64)
    }

    /// 0 to 5.
    let argument: UInt32
    let comparison: Comparison
    let value: UInt64

    /// Where an instruction goes on: in one of these steps' own instructions, or where the whole test leads.
    private enum Target { case next, pass, fail }

    /// Ends with the action when all hold, else goes on behind itself.
    static func all(_ conditions: [FilterCondition], then action: UInt32) -> [FilterInstruction] {
        var program: [FilterInstruction] = []
        // Backwards, because a failed test jumps over everything behind it.
        var behind: [FilterInstruction] = [.end(action)]
        for condition in conditions.reversed() {
            behind = condition.instructions(over: behind.count) + behind
        }
        program += behind
        return program
    }

    /// `over` instructions stand between these and the place for a test that failed.
    private func instructions(over: Int) -> [FilterInstruction] {
        let (high, low) = (UInt32(value >> 32), UInt32(truncatingIfNeeded: value))
        var steps: [(FilterInstruction, then: Target, otherwise: Target)] = []
        func load(_ half: UInt32) { steps.append((.load(16 + 8 * argument + half), .next, .next)) }
        func test(_ code: UInt16, _ operand: UInt32, _ then: Target, _ otherwise: Target) {
            steps.append((FilterInstruction(code: code, jumpTrue: 0, jumpFalse: 0, operand: operand), then, otherwise))
        }
        let (equal, greater, atLeast): (UInt16, UInt16, UInt16) = (0x15, 0x25, 0x35)
        load(4)
        switch comparison {
        case .equal:
            test(equal, high, .next, .fail)
            load(0)
            test(equal, low, .next, .fail)
        case .notEqual:
            test(equal, high, .next, .pass)
            load(0)
            test(equal, low, .fail, .next)
        case .greater, .greaterOrEqual:
            test(greater, high, .pass, .next)
            test(equal, high, .next, .fail)
            load(0)
            test(comparison == .greater ? greater : atLeast, low, .next, .fail)
        case .less, .lessOrEqual:
            test(greater, high, .fail, .next)
            test(equal, high, .next, .pass)
            load(0)
            test(comparison == .less ? atLeast : greater, low, .fail, .next)
        case .maskedEqual(let masked):
            steps.append((.and(high), .next, .next))
            test(equal, UInt32(masked >> 32), .next, .fail)
            load(0)
            steps.append((.and(low), .next, .next))
            test(equal, UInt32(truncatingIfNeeded: masked), .next, .fail)
        }
        return steps.enumerated().map { index, step in
            var instruction = step.0
            let left = steps.count - index - 1
            func distance(_ target: Target) -> UInt8 {
                switch target {
                case .next: 0
                case .pass: UInt8(clamping: left)
                case .fail: UInt8(clamping: left + over)
                }
            }
            // The first step of each half loads or masks and has nowhere to go.
            if instruction.isJump { (instruction.jumpTrue, instruction.jumpFalse) = (distance(step.then), distance(step.otherwise)) }
            return instruction
        }
    }
}
