// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Turns a spec's filter into the kernel's program with libseccomp. Costs about 13 ms of CPU for Docker's profile: called
// only when SeccompCache misses.

import CSeccomp
import Glibc
import WharfLinux
public import WharfOCI

/// A mistake in the `seccomp` part of a spec, or a part that this host can't do.
public struct SeccompError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
}

/// Compiles filters.
public enum SeccompCompiler {
    /// The bytes of struct sock_filter instructions, ready for seccomp(2).
    public static func compile(_ seccomp: RuntimeSpec.Seccomp) throws(SeccompError) -> [UInt8] {
        let fallback = try action(seccomp.defaultAction, seccomp.defaultErrnoRet)
        guard let context = seccomp_init(fallback) else {
            throw SeccompError(description: "seccomp: libseccomp refuses the default action \(seccomp.defaultAction)")
        }
        defer { seccomp_release(context) }
        let architectures = try add(seccomp.architectures, to: context)
        // The filter is loaded by our own call: neither the bit nor the synchronisation is libseccomp's business.
        try check(seccomp_attr_set(context, SCMP_FLTATR_CTL_NNP, 0), "no_new_privs attribute")
        // A binary tree over the numbers instead of a list: a third of the instructions per call.
        try check(seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2), "optimisation attribute")

        try WideComparisons.check(seccomp)
        var newer = NewerVerdicts()
        for rule in seccomp.syscalls {
            let verdict = try action(rule.action, rule.errnoRet)
            for name in rule.names {
                // Also of names that are skipped: a mistake is one on every host.
                for condition in rule.args { _ = try comparison(condition, name) }
                // libseccomp refuses rules that say what happens anyway.
                if verdict == fallback { continue }
                let number = seccomp_syscall_resolve_name(name)
                if number != unknownName {
                    try add(rule, number, name, verdict, to: context)
                } else {
                    // A name that nobody knows is a call that this kernel lacks or another architecture's: skipped, as runc does.
                    newer.add(rule, name, verdict)
                }
            }
        }
        let letsThrough = ["SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_TRACE", "SCMP_ACT_NOTIFY"].contains(seccomp.defaultAction)
        let prologue = FilterPrologue(
            architectures: architectures, verdicts: newer.common, nativeVerdicts: newer.native, fallback: fallback,
            unknown: letsThrough ? nil : FilterAction.error(UInt32(ENOSYS)))
        let program = prologue.instructions().flatMap(\.bytes) + (try export(context))
        guard program.count / FilterInstruction.size <= 4096 else {
            throw SeccompError(description: "seccomp: the filter has more than the kernel's 4096 instructions")
        }
        return program
    }

    /// libseccomp's answer for a name that it doesn't know (__NR_SCMP_ERROR).
    private static let unknownName: Int32 = -1

    private static func action(_ name: String, _ data: UInt32?) throws(SeccompError) -> UInt32 {
        guard let action = FilterAction.named(name, data: data ?? UInt32(EPERM)) else {
            throw SeccompError(description: "seccomp: unknown action \"\(name)\"")
        }
        return action
    }

    /// Adds the listed architectures and answers the tokens under which the kernel reports calls of all of them.
    private static func add(_ names: [String], to context: scmp_filter_ctx) throws(SeccompError) -> [UInt32] {
        let native = seccomp_arch_native()
        var tokens = [native]
        for name in names {
            let prefix = "SCMP_ARCH_"
            let short = name.hasPrefix(prefix) ? name.dropFirst(prefix.utf8.count).lowercased() : ""
            let token = short.isEmpty ? 0 : seccomp_arch_resolve_name(short)
            guard token != 0 else { throw SeccompError(description: "seccomp: unknown architecture \"\(name)\"") }
            let result = seccomp_arch_add(context, token)
            guard result == 0 || result == -EEXIST else { throw failure(result, "architecture \(name)") }
            if short != "x32", !tokens.contains(token) { tokens.append(token) }
        }
        return tokens
    }

    /// The groups of conditions of which one must hold as a whole.
    static func alternatives(_ rule: RuntimeSpec.Seccomp.Rule) -> [[RuntimeSpec.Seccomp.Condition]] {
        Set(rule.args.map(\.index)).count < rule.args.count ? rule.args.map { [$0] } : [rule.args]
    }

    /// Adds one call. Conditions on different arguments must all hold; two on one argument are alternatives, which
    /// libseccomp takes only as rules of their own.
    private static func add(
        _ rule: RuntimeSpec.Seccomp.Rule, _ number: Int32, _ name: String, _ verdict: UInt32, to context: scmp_filter_ctx
    ) throws(SeccompError) {
        for group in alternatives(rule) {
            var conditions: [scmp_arg_cmp] = []
            for condition in group { conditions.append(try comparison(condition, name)) }
            let result = conditions.withUnsafeBufferPointer {
                seccomp_rule_add_array(context, verdict, number, UInt32($0.count), $0.baseAddress)
            }
            guard result == 0 || result == -EEXIST else { throw failure(result, "rule for \(name)") }
        }
    }

    private static func comparison(_ condition: RuntimeSpec.Seccomp.Condition, _ name: String) throws(SeccompError) -> scmp_arg_cmp {
        let operators: [(String, scmp_compare)] = [
            ("SCMP_CMP_NE", SCMP_CMP_NE), ("SCMP_CMP_LT", SCMP_CMP_LT), ("SCMP_CMP_LE", SCMP_CMP_LE), ("SCMP_CMP_EQ", SCMP_CMP_EQ),
            ("SCMP_CMP_GE", SCMP_CMP_GE), ("SCMP_CMP_GT", SCMP_CMP_GT), ("SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ),
        ]
        guard condition.index < 6 else {
            throw SeccompError(description: "seccomp: \(name) has no argument \(condition.index), only 0 to 5")
        }
        guard let op = operators.first(where: { $0.0 == condition.op })?.1 else {
            throw SeccompError(description: "seccomp: unknown operator \"\(condition.op)\" for \(name)")
        }
        return scmp_arg_cmp(arg: condition.index, op: op, datum_a: condition.value, datum_b: condition.valueTwo)
    }

    /// libseccomp 2.5 writes a program only to a descriptor: an anonymous file takes it.
    private static func export(_ context: scmp_filter_ctx) throws(SeccompError) -> [UInt8] {
        do throws(SyscallError) {
            let file = try Descriptor.inMemory("seccomp")
            let result = seccomp_export_bpf(context, file.raw)
            guard result == 0 else { throw SyscallError("seccomp_export_bpf", errno: -result) }
            try file.seek(to: 0)
            return try file.readAll(limit: 4096 * FilterInstruction.size)
        } catch {
            throw SeccompError(description: "seccomp: \(error)")
        }
    }

    private static func check(_ result: Int32, _ what: String) throws(SeccompError) {
        guard result == 0 else { throw failure(result, what) }
    }

    private static func failure(_ result: Int32, _ what: String) -> SeccompError {
        SeccompError(description: "seccomp: libseccomp refuses the \(what): \(errnoText(-result))")
    }
}
