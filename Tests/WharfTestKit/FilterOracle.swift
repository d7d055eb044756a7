// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a profile means, rule by rule, without a compiler: the verdict that its text gives for a call. A compiled filter must
// say the same for every call, architecture and argument. Only names come from libseccomp's tables.

import CSeccomp
import Glibc
public import WharfOCI

/// Answers for one profile.
public struct FilterOracle: Sendable {
    private let profile: RuntimeSpec.Seccomp
    private static let (x86, i386, x32Bit): (UInt32, UInt32, UInt32) = (0xC000_003E, 0x4000_0003, 0x4000_0000)

    public init(_ profile: RuntimeSpec.Seccomp) { self.profile = profile }

    /// Calls worth asking about: every number of each architecture (or only those with rules), and around the values of each
    /// condition.
    public func calls(withRulesOnly: Bool = false) -> [CallUnderTest] {
        var calls: [CallUnderTest] = []
        let spaces: [(UInt32, UInt32, [String])] = [
            (Self.x86, 0, ["SCMP_ARCH_X86_64"]), (Self.i386, 0, ["SCMP_ARCH_X86"]), (Self.x86, Self.x32Bit, ["SCMP_ARCH_X32"]),
        ]
        for (architecture, bit, _) in spaces {
            for number in (0...620).map({ UInt32($0) }) + [1000, 0x3FFF_FFFF] {
                // i386's two doors to many calls are matched by what they lead to.
                if architecture == Self.i386, number == 102 || number == 117 { continue }
                let call = CallUnderTest(number: number | bit, architecture: architecture)
                let rules = rules(for: name(of: call))
                if withRulesOnly && rules.isEmpty { continue }
                calls.append(call)
                for rule in rules {
                    for condition in rule.args { calls += around(condition, of: call) }
                }
            }
        }
        // aarch64 on this machine.
        return calls + [CallUnderTest(number: 0, architecture: 0xC000_00B7), CallUnderTest(number: 5000, architecture: 0xC000_00B7)]
    }

    private func around(_ condition: RuntimeSpec.Seccomp.Condition, of call: CallUnderTest) -> [CallUnderTest] {
        let value = condition.value
        // Upper halves also where the architecture has none: a program can leave anything there.
        let values = [
            0, 1, value, value &+ 1, value &- 1, ~value, condition.valueTwo, value | condition.valueTwo, value & 0xFFFF_FFFF,
            value ^ 1 << 32, value ^ 1 << 63, .max, 1 << 32,
        ]
        return values.map { value in
            var changed = call
            changed.arguments = [UInt64](repeating: 0, count: 6)
            changed.arguments[Int(condition.index)] = value
            return changed
        }
    }

    /// The kernel's number of the action for a call.
    public func verdict(for call: CallUnderTest) -> UInt32 {
        let native = call.architecture == Self.x86 && call.number & Self.x32Bit == 0
        let isListed =
            native || call.architecture == Self.i386 && lists("SCMP_ARCH_X86")
            || call.architecture == Self.x86 && call.number & Self.x32Bit != 0 && lists("SCMP_ARCH_X32")
        guard isListed else { return 0 }
        let fallback = action(profile.defaultAction, profile.defaultErrnoRet)
        guard let name = name(of: call) else {
            let letsThrough = ["SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_TRACE"].contains(profile.defaultAction)
            // Newer than every table: no such call.
            return call.number > Self.lastNewer && call.number & Self.x32Bit == 0 && !letsThrough
                ? action("SCMP_ACT_ERRNO", UInt32(ENOSYS)) : fallback
        }
        // The fewer conditions the sooner; the one that the profile names first is the first among equals.
        var best: (conditions: Int, action: UInt32)?
        for rule in rules(for: name) where action(rule.action, rule.errnoRet) != fallback && matches(rule.args, call) {
            let isAny = Set(rule.args.map(\.index)).count < rule.args.count
            let conditions = isAny ? 1 : rule.args.count
            if conditions < best?.conditions ?? .max { best = (conditions, action(rule.action, rule.errnoRet)) }
        }
        return best?.action ?? fallback
    }

    private func lists(_ architecture: String) -> Bool { profile.architectures.contains(architecture) }

    private func rules(for name: String?) -> [RuntimeSpec.Seccomp.Rule] {
        guard let name else { return [] }
        return profile.syscalls.filter { $0.names.contains(name) }
    }

    /// One argument named twice: any of them.
    private func matches(_ conditions: [RuntimeSpec.Seccomp.Condition], _ call: CallUnderTest) -> Bool {
        let isAny = Set(conditions.map(\.index)).count < conditions.count
        let results = conditions.map { matches($0, call) }
        return isAny ? results.contains(true) : results.allSatisfy { $0 }
    }

    private func matches(_ condition: RuntimeSpec.Seccomp.Condition, _ call: CallUnderTest) -> Bool {
        let index = Int(condition.index)
        // An argument of the two 32-bit architectures is half a register.
        let isNarrow = call.architecture == Self.i386 || call.number & Self.x32Bit != 0
        let width: UInt64 = isNarrow ? 0xFFFF_FFFF : .max
        let argument = (index < call.arguments.count ? call.arguments[index] : 0) & width
        let value = condition.value
        return switch condition.op {
        case "SCMP_CMP_NE": argument != value
        case "SCMP_CMP_LT": argument < value
        case "SCMP_CMP_LE": argument <= value
        case "SCMP_CMP_EQ": argument == value
        case "SCMP_CMP_GE": argument >= value
        case "SCMP_CMP_GT": argument > value
        default: argument & value == condition.valueTwo & value
        }
    }

    private func action(_ name: String, _ data: UInt32?) -> UInt32 {
        let data = data ?? 1
        return switch name {
        case "SCMP_ACT_KILL_PROCESS": 0x8000_0000
        case "SCMP_ACT_TRAP": 0x0003_0000
        case "SCMP_ACT_ERRNO": 0x0005_0000 | data
        case "SCMP_ACT_NOTIFY": 0x7FC0_0000
        case "SCMP_ACT_TRACE": 0x7FF0_0000 | data
        case "SCMP_ACT_LOG": 0x7FFC_0000
        case "SCMP_ACT_ALLOW": 0x7FFF_0000
        default: 0
        }
    }

    // MARK: Names

    /// Linux 6.18; from here on a number is a call that nobody has written a rule for.
    private static let lastNewer: UInt32 = 469
    /// By number, from include/uapi/asm-generic/unistd.h: written down here a second time on purpose.
    private static let newer: [UInt32: String] = [
        451: "cachestat", 452: "fchmodat2", 453: "map_shadow_stack", 454: "futex_wake", 455: "futex_wait", 456: "futex_requeue",
        457: "statmount", 458: "listmount", 459: "lsm_get_self_attr", 460: "lsm_set_self_attr", 461: "lsm_list_modules", 462: "mseal",
        463: "setxattrat", 464: "getxattrat", 465: "listxattrat", 466: "removexattrat", 467: "open_tree_attr", 468: "file_getattr",
        469: "file_setattr",
    ]

    private func name(of call: CallUnderTest) -> String? {
        let isX32 = call.number & Self.x32Bit != 0
        let common = call.architecture == Self.x86 ? call.number & ~Self.x32Bit : call.number
        // The one of them that x32 lacks (arch/x86/entry/syscalls/syscall_64.tbl).
        if let name = Self.newer[common], !(isX32 && name == "map_shadow_stack") { return name }
        if call.architecture == Self.x86, call.number == 335 { return "uretprobe" }
        if call.architecture == Self.x86, call.number == 336 { return "uprobe" }
        // SCMP_ARCH_X32 is the x86-64 token without the 64-bit mark.
        let token = call.architecture == Self.i386 ? Self.i386 : isX32 ? 0x4000_003E : Self.x86
        guard let text = seccomp_syscall_resolve_num_arch(token, Int32(bitPattern: call.number)) else { return nil }
        defer { free(text) }
        return String(cString: text)
    }
}
