// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Profiles that bytes choose, the calls to try on them, and what a profile's words mean for a call: the opinion of
// the fuzz target, which shares nothing with the compiler but libseccomp's names.

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

/// Takes a profile from the input; at most eight rules, so that a run stays short.
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
        for _ in 0..<input.number(below: 5) {
            // Argument 6, which no call has, once in a while.
            let index = input.byte()
            rule.args.append(
                RuntimeSpec.Seccomp.Condition(
                    index: index == 255 ? 6 : UInt32(index % 6), operators[input.number(below: operators.count)], value(&input),
                    value(&input)))
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
    var architecture: UInt32
    var arguments: [UInt64] = [0, 0, 0, 0, 0, 0]
    /// Its name on its architecture; nil for a number that no rule can name.
    var name: String?
    /// Whether the filter lists its architecture.
    var isListed = true
    /// Whether an argument has 32 bits.
    var isNarrow = false
}

/// One architecture as libseccomp and the kernel call it.
private struct CallSpace {
    let name: String
    let token: UInt32
    let architecture: UInt32
    let isNarrow: Bool

    func number(_ name: String) -> UInt32? {
        if name.utf8.contains(0) { return nil }
        let number = seccomp_syscall_resolve_name_arch(token, name)
        if number == -1, let newer = NewerSyscalls.number(name) { return newer | (token == 0x4000_003E ? 0x4000_0000 : 0) }
        return number < 0 ? nil : UInt32(number)
    }
}

private let spaces = [
    CallSpace(name: "SCMP_ARCH_X86_64", token: 0xC000_003E, architecture: 0xC000_003E, isNarrow: false),
    CallSpace(name: "SCMP_ARCH_X86", token: 0x4000_0003, architecture: 0x4000_0003, isNarrow: true),
    CallSpace(name: "SCMP_ARCH_X32", token: 0x4000_003E, architecture: 0xC000_003E, isNarrow: true),
]

/// Calls around every limit that the profile names.
func calls(of profile: RuntimeSpec.Seccomp, _ input: inout FuzzInput) -> [Call] {
    var calls = [Call(number: 39, architecture: 0xC000_003E, name: "getpid"), Call(number: 0, architecture: 0xC000_00B7, isListed: false)]
    // No architecture always comes first, so that the limit cuts each now and then.
    let first = input.number(below: spaces.count)
    for space in spaces[first...] + spaces[..<first] {
        let isListed = space.token == 0xC000_003E || profile.architectures.contains(space.name)
        // No x32 call is newer than every table.
        if space.token != 0x4000_003E { calls.append(Call(number: 10_000, architecture: space.architecture, isListed: isListed)) }
        for rule in profile.syscalls {
            for name in rule.names {
                guard let number = space.number(name) else { continue }
                var call = Call(number: number, architecture: space.architecture, name: name, isListed: isListed, isNarrow: space.isNarrow)
                calls.append(call)
                // The other conditions of the rule met as far as their value meets them.
                for other in rule.args where other.index < 6 { call.arguments[Int(other.index)] = other.value }
                let met = call.arguments
                for condition in rule.args where condition.index < 6 {
                    let value = condition.value
                    for value in [value, value &+ 1, value &- 1, value ^ 1 << 32, condition.valueTwo, input.word()] {
                        call.arguments = met
                        call.arguments[Int(condition.index)] = value
                        calls.append(call)
                    }
                }
            }
        }
    }
    return Array(calls.prefix(200))
}

/// The verdict that the profile's words mean: that of the matching rule with the fewest conditions, the first of these, else
/// the default; and ENOSYS for what is newer than every table where the default denies.
func meaning(of profile: RuntimeSpec.Seccomp, _ call: Call) -> UInt32 {
    guard call.isListed else { return 0 }
    let fallback = verdict(profile.defaultAction, profile.defaultErrnoRet)
    guard let name = call.name else {
        return ["SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_TRACE"].contains(profile.defaultAction) ? fallback : 0x0005_0026
    }
    var found: (conditions: Int, verdict: UInt32)?
    for rule in profile.syscalls where rule.names.contains(where: { $0.utf8.elementsEqual(name.utf8) }) {
        let verdict = verdict(rule.action, rule.errnoRet)
        // A rule that says what happens anyway is none.
        if verdict == fallback { continue }
        let alternatives = Set(rule.args.map(\.index)).count < rule.args.count
        let matched = rule.args.map { matches($0, call) }
        guard alternatives ? matched.contains(true) : !matched.contains(false) else { continue }
        let conditions = alternatives ? 1 : rule.args.count
        if conditions < found?.conditions ?? .max { found = (conditions, verdict) }
    }
    return found?.verdict ?? fallback
}

private func verdict(_ action: String, _ data: UInt32?) -> UInt32 {
    switch action {
    case "SCMP_ACT_KILL_PROCESS": 0x8000_0000
    case "SCMP_ACT_TRAP": 0x0003_0000
    case "SCMP_ACT_ERRNO": 0x0005_0000 + (data ?? 1)
    case "SCMP_ACT_TRACE": 0x7FF0_0000 + (data ?? 1)
    case "SCMP_ACT_LOG": 0x7FFC_0000
    case "SCMP_ACT_ALLOW": 0x7FFF_0000
    default: 0
    }
}

private func matches(_ condition: RuntimeSpec.Seccomp.Condition, _ call: Call) -> Bool {
    let register = call.arguments[Int(condition.index)]
    let argument = call.isNarrow ? register & 0xFFFF_FFFF : register
    switch condition.op {
    case "SCMP_CMP_NE": return argument != condition.value
    case "SCMP_CMP_LT": return argument < condition.value
    case "SCMP_CMP_LE": return argument <= condition.value
    case "SCMP_CMP_EQ": return argument == condition.value
    case "SCMP_CMP_GE": return argument >= condition.value
    case "SCMP_CMP_GT": return argument > condition.value
    default: return argument & condition.value == condition.valueTwo & condition.value
    }
}
