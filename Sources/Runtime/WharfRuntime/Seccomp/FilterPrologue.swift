// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The part of a filter that stands in front of libseccomp's: verdicts for calls that libseccomp has no names for, and
// "no such call" for those that are newer than every table, so that programs fall back as on an older kernel (a bare
// EPERM makes C libraries give up instead).
//
//     x86-64?  its own numbers in the gap of the common table        (only when a rule names one)
//     one of the architectures?  number >= first and no x32 bit?
//         the numbers of NewerSyscalls, each with its rules
//         number > last?  "no such call"
//     libseccomp's program

/// What happens to one call that libseccomp does not know.
struct PrologueVerdict {
    /// All conditions must hold; none is always.
    struct Rule {
        var conditions: [FilterCondition]
        var action: UInt32
    }

    let number: UInt32
    private(set) var rules: [Rule] = []

    init(number: UInt32) { self.number = number }

    /// Adds a rule; behind one without conditions none counts, and it takes the place of those with some, as in libseccomp.
    mutating func add(_ rule: Rule) {
        if rules.contains(where: { $0.conditions.isEmpty }) { return }
        if rule.conditions.isEmpty { rules = [] }
        rules.append(rule)
    }

    /// Expects the number in the accumulator. Goes on behind itself with the number still there for other numbers.
    func instructions(fallback: UInt32) -> [FilterInstruction] {
        if let rule = rules.first, rule.conditions.isEmpty {
            return [.ifEqual(number, then: 0, otherwise: 1), .end(rule.action)]
        }
        let body = rules.flatMap { FilterCondition.all($0.conditions, then: $0.action) } + [.end(fallback)]
        return [.ifEqual(number, then: 1, otherwise: 0), .skip(UInt32(body.count))] + body
    }
}

/// Builds the instructions that decide about newer calls and let all others through to the main program.
struct FilterPrologue {
    /// Kernel architecture tokens (AUDIT_ARCH_*) in which the numbers hold.
    var architectures: [UInt32]
    /// For the numbers of `NewerSyscalls`.
    var verdicts: [PrologueVerdict]
    /// For the numbers that only x86-64 has.
    var nativeVerdicts: [PrologueVerdict]
    /// What the profile does with calls that no rule fits.
    var fallback: UInt32
    /// The error for calls behind the last known one; nil where the default lets calls through.
    var unknown: UInt32?

    /// x32 calls carry this bit in their number and are left to libseccomp.
    private static let x32Bit: UInt32 = 0x4000_0000
    /// AUDIT_ARCH_X86_64.
    private static let x86: UInt32 = 0xC000_003E

    /// Ends at the main program's first instruction. Empty when there is nothing to decide.
    func instructions() -> [FilterInstruction] { nativePart() + commonPart() }

    private func nativePart() -> [FilterInstruction] {
        guard architectures.contains(Self.x86), !nativeVerdicts.isEmpty else { return [] }
        let body = [.load(0)] + nativeVerdicts.flatMap { $0.instructions(fallback: fallback) }
        return [.load(4), .ifEqual(Self.x86, then: 1, otherwise: 0), .skip(UInt32(body.count))] + body
    }

    private func commonPart() -> [FilterInstruction] {
        guard !architectures.isEmpty, !(verdicts.isEmpty && unknown == nil) else { return [] }
        let verdictPart = verdicts.flatMap { $0.instructions(fallback: fallback) }
        let unknownPart: [FilterInstruction] =
            unknown.map { [.ifGreater(NewerSyscalls.last, then: 0, otherwise: 1), .end($0)] } ?? []
        let rest = UInt32(verdictPart.count + unknownPart.count)

        var program: [FilterInstruction] = [.load(4)]
        for (index, architecture) in architectures.enumerated() {
            // A hit jumps over the tests that are left and the way out.
            program.append(.ifEqual(architecture, then: UInt8(clamping: architectures.count - index), otherwise: 0))
        }
        program.append(.skip(5 + rest))
        program.append(.load(0))
        program.append(.ifAtLeast(NewerSyscalls.first, then: 1, otherwise: 0))
        program.append(.skip(2 + rest))
        program.append(.ifAtLeast(Self.x32Bit, then: 0, otherwise: 1))
        program.append(.skip(rest))
        return program + verdictPart + unknownPart
    }
}
