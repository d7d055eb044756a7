// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Turns a spec's filter into the kernel's program: names become numbers (SyscallTable), rules become one decision for each
// number (FilterRules), decisions become instructions (FilterEmitter). Called only when SeccompCache misses.

import Glibc
public import WharfOCI

/// A mistake in the `seccomp` part of a spec, or a part that this host can't do.
public struct SeccompError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
}

/// Compiles filters.
public enum SeccompCompiler {
    /// What happens to calls of an architecture that the profile doesn't list.
    private static let foreign = FilterAction.killThread

    /// The bytes of struct sock_filter instructions, ready for seccomp(2).
    public static func compile(_ seccomp: RuntimeSpec.Seccomp) throws(SeccompError) -> [UInt8] {
        let fallback = try action(seccomp.defaultAction, seccomp.defaultErrnoRet)
        let tables = try tables(seccomp.architectures)
        var rules = [[UInt32: [FilterRule]]](repeating: [:], count: tables.count)
        for rule in seccomp.syscalls {
            let verdict = try action(rule.action, rule.errnoRet)
            // Also of rules that are skipped: a mistake is one on every host.
            let alternatives = try alternatives(rule)
            // A rule that says what happens anyway is no rule (as with runc).
            if verdict == fallback { continue }
            for name in rule.names {
                // A name that nobody knows is a call that this kernel lacks or another architecture's: skipped, as runc does.
                for (index, table) in tables.enumerated() {
                    for entry in table.entries(name) {
                        rules[index][entry.number, default: []] += Self.rules(alternatives, verdict, at: entry, otherwise: fallback)
                    }
                }
            }
        }
        let spaces = spaces(tables, rules, fallback, unknown: unknown(seccomp.defaultAction) ?? fallback)
        let program = FilterEmitter.program(spaces, foreign: foreign)
        guard program.count <= FilterInstruction.limit else {
            throw SeccompError(
                description: "seccomp: the filter has \(program.count) instructions, the kernel takes \(FilterInstruction.limit)")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(program.count * FilterInstruction.size)
        for instruction in program { instruction.write(to: &bytes) }
        return bytes
    }

    private static func action(_ name: String, _ data: UInt32?) throws(SeccompError) -> UInt32 {
        guard let action = FilterAction.named(name, data: data ?? UInt32(EPERM)) else {
            throw SeccompError(description: "seccomp: unknown action \"\(name)\"")
        }
        return action
    }

    /// What happens to calls that are newer than every table. "No such call" lets programs fall back as on an older kernel;
    /// a bare EPERM makes C libraries give up instead. nil where the default lets calls through.
    private static func unknown(_ defaultAction: String) -> UInt32? {
        let letsThrough = ["SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_TRACE", "SCMP_ACT_NOTIFY"].contains(defaultAction)
        return letsThrough ? nil : FilterAction.error(UInt32(ENOSYS))
    }

    /// The native architecture, then the listed ones.
    private static func tables(_ names: [String]) throws(SeccompError) -> [SyscallTable] {
        var tables = [SyscallTable.native]
        for name in names {
            guard let table = SyscallTable(name) else { throw SeccompError(description: "seccomp: unknown architecture \"\(name)\"") }
            if !tables.contains(where: table.isSame) { tables.append(table) }
        }
        return tables
    }

    /// The groups of conditions of which one must hold as a whole: conditions on different arguments hold together, two on
    /// one argument are alternatives, and then all are (runc's reading).
    private static func alternatives(_ rule: RuntimeSpec.Seccomp.Rule) throws(SeccompError) -> [[FilterCondition]] {
        guard let name = rule.names.first else { return [] }
        var conditions: [FilterCondition] = []
        for condition in rule.args {
            guard condition.index < 6 else {
                throw SeccompError(description: "seccomp: \(name) has no argument \(condition.index), only 0 to 5")
            }
            guard let one = FilterCondition(condition.index, condition.op, condition.value, condition.valueTwo) else {
                throw SeccompError(description: "seccomp: unknown operator \"\(condition.op)\" for \(name)")
            }
            conditions.append(one)
        }
        return Set(conditions.map(\.argument)).count < conditions.count ? conditions.map { [$0] } : [conditions]
    }

    /// The rules for one number. Behind a door the arguments are in the program's memory, where a filter can't look: a
    /// rule with conditions holds there for all such calls if it is stricter than the default, else for none.
    private static func rules(
        _ alternatives: [[FilterCondition]], _ verdict: UInt32, at entry: SyscallTable.Entry, otherwise fallback: UInt32
    ) -> [FilterRule] {
        guard let selector = entry.selector else { return alternatives.map { FilterRule(conditions: $0, action: verdict) } }
        guard alternatives == [[]] || FilterAction.isStricter(verdict, than: fallback) else { return [] }
        return [FilterRule(conditions: [selector], action: verdict)]
    }

    /// One space for each architecture that the kernel tells apart.
    private static func spaces(
        _ tables: [SyscallTable], _ rules: [[UInt32: [FilterRule]]], _ fallback: UInt32, unknown: UInt32
    ) -> [FilterSpace] {
        var tokens: [UInt32] = []
        for table in tables where !tokens.contains(table.token) { tokens.append(table.token) }
        return tokens.map { token in
            var calls: [UInt32: FilterDecision] = [:]
            var background: [(start: UInt32, action: UInt32)] = [(0, foreign)]
            var hasX32 = false
            for (table, rules) in zip(tables, rules) where table.token == token {
                for (number, list) in rules where !list.isEmpty {
                    calls[number] = FilterDecision(list, isNarrow: table.isNarrow, otherwise: fallback)
                }
                hasX32 = hasX32 || table.isX32
                if let first = table.firstUnknown { background = [(0, fallback), (first, unknown)] }
            }
            if token == SyscallTable.x86 { background.append((SyscallTable.x32Bit, hasX32 ? fallback : foreign)) }
            // A tracer sets the number to -1 to have a call skipped.
            background.append((.max, fallback))
            return FilterSpace(token: token, calls: calls, background: background)
        }
    }
}
