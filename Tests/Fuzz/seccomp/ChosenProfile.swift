// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Profiles that bytes choose, the calls to try on them, and what a profile's words mean for a call: the first opinion of
// the fuzz target, without libseccomp.

import CSeccomp
import WharfLinux
import WharfOCI
@testable import WharfRuntime

/// Names of old, new and no calls.
private let names = [
    "read", "write", "open", "close", "socket", "clone", "clone3", "personality", "mount", "ptrace", "futex", "keyctl", "bpf", "execve",
    "openat2", "statmount", "listmount", "mseal", "cachestat", "file_setattr", "no_such_call", "arm_fadvise64_64", "sync_file_range2", "",
]
private let actions = [
    "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_TRAP", "SCMP_ACT_LOG", "SCMP_ACT_TRACE",
]
private let operators = [
    "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ",
]
private let values: [UInt64] = [0, 1, 38, 40, 0x7E02_0000, 0xFFFF_FFFF, 0x1_0000_0000, 0x8000_0000, UInt64.max, 0x1234_5678_9ABC_DEF0]

/// Takes a profile from the input; at most eight rules, so that a run stays short. One rule at most has several
/// conditions: libseccomp 2.5.4 can go round for ever over two such rules for one call.
func chosenProfile(_ input: inout FuzzInput) -> RuntimeSpec.Seccomp {
    var profile = RuntimeSpec.Seccomp(defaultAction: actions[input.number(below: actions.count)])
    let mode = input.byte()
    if mode & 1 != 0 { profile.defaultErrnoRet = UInt32(input.byte()) }
    if mode & 2 != 0 { profile.architectures = ["SCMP_ARCH_X86_64"] }
    if mode & 4 != 0 { profile.architectures.append("SCMP_ARCH_X86") }
    if mode & 8 != 0 { profile.architectures.append("SCMP_ARCH_X32") }
    for _ in 0..<input.number(below: 9) {
        var rule = RuntimeSpec.Seccomp.Rule([], action: actions[input.number(below: actions.count)])
        for _ in 0...input.number(below: 3) { rule.names.append(names[input.number(below: names.count)]) }
        if input.byte() & 1 != 0 { rule.errnoRet = UInt32(input.byte()) }
        let several = !profile.syscalls.contains { $0.args.count > 1 }
        for _ in 0..<input.number(below: several ? 4 : 2) {
            var condition = RuntimeSpec.Seccomp.Condition(
                index: UInt32(input.number(below: 7)), operators[input.number(below: operators.count)], value(&input), value(&input))
            // Bits outside of the mask: libseccomp leaves them out, the words can't hold. Nobody means that.
            if condition.op == "SCMP_CMP_MASKED_EQ" { condition.valueTwo &= condition.value }
            rule.args.append(condition)
        }
        profile.syscalls.append(rule)
    }
    return profile
}

private func value(_ input: inout FuzzInput) -> UInt64 {
    let choice = input.number(below: values.count + 1)
    return choice < values.count ? values[choice] : input.word()
}

/// One system call.
struct Call {
    var number: UInt32
    var architecture: UInt32 = 0xC000_003E
    var arguments: [UInt64] = [0, 0, 0, 0, 0, 0]
    /// Its name on the native architecture; nil for a number that no rule can name.
    var name: String?
}

/// Calls around every limit that the profile names.
func calls(of profile: RuntimeSpec.Seccomp, _ input: inout FuzzInput) -> [Call] {
    var calls = [Call(number: 10_000), Call(number: 39, name: "getpid")]
    for rule in profile.syscalls {
        for name in rule.names {
            guard let number = nativeNumber(name) else { continue }
            calls.append(Call(number: number, name: name))
            for condition in rule.args where condition.index < 6 {
                for value in [condition.value, condition.value &+ 1, condition.value &- 1, condition.valueTwo, input.word()] {
                    var call = Call(number: number, name: name)
                    // The other conditions of the rule met as far as their value meets them.
                    for other in rule.args where other.index < 6 { call.arguments[Int(other.index)] = other.value }
                    call.arguments[Int(condition.index)] = value
                    calls.append(call)
                }
            }
        }
    }
    return Array(calls.prefix(200))
}

private func nativeNumber(_ name: String) -> UInt32? {
    let number = seccomp_syscall_resolve_name(name)
    if number >= 0 { return UInt32(number) }
    return number == -1 ? NewerSyscalls.number(name) : nil
}

/// The verdicts that the profile's words allow: that of any rule that matches (which of several wins is libseccomp's
/// business), else the default; and ENOSYS for what is newer than every table where the default denies.
func meanings(of profile: RuntimeSpec.Seccomp, _ call: Call) -> Set<UInt32> {
    let fallback = FilterAction.named(profile.defaultAction, data: profile.defaultErrnoRet ?? 1) ?? 0
    guard let name = call.name else {
        return ["SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_TRACE"].contains(profile.defaultAction) ? [fallback] : [FilterAction.error(38)]
    }
    var found: Set<UInt32> = []
    for rule in profile.syscalls where rule.names.contains(where: { $0.utf8.elementsEqual(name.utf8) }) {
        let verdict = FilterAction.named(rule.action, data: rule.errnoRet ?? 1) ?? 0
        let matched = rule.args.map { matches($0, call) }
        let alternatives = Set(rule.args.map(\.index)).count < rule.args.count
        if matched.isEmpty || (alternatives ? matched.contains(true) : matched.allSatisfy { $0 }) { found.insert(verdict) }
    }
    // Rules that say what happens anyway are left out, so that a second matching rule of another mind wins: both are meant.
    return found.isEmpty ? [fallback] : found
}

private func matches(_ condition: RuntimeSpec.Seccomp.Condition, _ call: Call) -> Bool {
    guard condition.index < 6 else { return false }
    let argument = call.arguments[Int(condition.index)]
    switch condition.op {
    case "SCMP_CMP_NE": return argument != condition.value
    case "SCMP_CMP_LT": return argument < condition.value
    case "SCMP_CMP_LE": return argument <= condition.value
    case "SCMP_CMP_EQ": return argument == condition.value
    case "SCMP_CMP_GE": return argument >= condition.value
    case "SCMP_CMP_GT": return argument > condition.value
    default: return argument & condition.value == condition.valueTwo
    }
}
