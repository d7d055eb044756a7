// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The rules of a profile about calls that libseccomp has no names for, sorted by number.

import WharfOCI

/// Collects them.
struct NewerVerdicts {
    private(set) var common: [PrologueVerdict] = []
    private(set) var native: [PrologueVerdict] = []

    /// Takes a rule whose conditions have been checked. A name that is in no table is skipped.
    mutating func add(_ rule: RuntimeSpec.Seccomp.Rule, _ name: String, _ action: UInt32) {
        if let number = NewerSyscalls.number(name) {
            NewerVerdicts.add(rule, number, action, to: &common)
        } else if let number = NewerSyscalls.nativeNumber(name) {
            NewerVerdicts.add(rule, number, action, to: &native)
        }
    }

    private static func add(_ rule: RuntimeSpec.Seccomp.Rule, _ number: UInt32, _ action: UInt32, to list: inout [PrologueVerdict]) {
        var verdict = PrologueVerdict(number: number)
        let index = list.firstIndex { $0.number == number }
        if let index { verdict = list[index] }
        for group in SeccompCompiler.alternatives(rule) {
            verdict.add(.init(conditions: group.compactMap(FilterCondition.init), action: action))
        }
        if let index { list[index] = verdict } else { list.append(verdict) }
    }
}

extension FilterCondition {
    /// nil for an unknown operator or an argument that no call has, which the compiler refuses before.
    init?(_ condition: RuntimeSpec.Seccomp.Condition) {
        guard condition.index < 6 else { return nil }
        argument = condition.index
        value = condition.value
        switch condition.op {
        case "SCMP_CMP_NE": comparison = .notEqual
        case "SCMP_CMP_LT": comparison = .less
        case "SCMP_CMP_LE": comparison = .lessOrEqual
        case "SCMP_CMP_EQ": comparison = .equal
        case "SCMP_CMP_GE": comparison = .greaterOrEqual
        case "SCMP_CMP_GT": comparison = .greater
        case "SCMP_CMP_MASKED_EQ": comparison = .maskedEqual(condition.valueTwo)
        default: return nil
        }
    }
}
