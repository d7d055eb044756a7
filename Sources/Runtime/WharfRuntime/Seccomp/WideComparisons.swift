// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What libseccomp 2.5.4 compiles wrongly: two comparisons of one argument, one of them with a number beyond 32 bits. For
// "at most 0, or at least 2^32" its program lets 1 through. A profile that needs that is refused rather than weakened.

import WharfOCI

/// Finds comparisons that can't be compiled faithfully.
enum WideComparisons {
    static func check(_ seccomp: RuntimeSpec.Seccomp) throws(SeccompError) {
        // Nearly every profile: nothing is compared with such a number.
        guard seccomp.syscalls.contains(where: { $0.args.contains(where: isWide) }) else { return }
        var tests: [Argument: Seen] = [:]
        for rule in seccomp.syscalls {
            for name in rule.names {
                for condition in rule.args {
                    let argument = Argument(name: Array(name.utf8), index: condition.index)
                    tests[argument, default: Seen()].add(condition)
                    if let seen = tests[argument], seen.count > 1 && seen.wide && seen.ordered {
                        throw SeccompError(
                            description:
                                "seccomp: argument \(condition.index) of \(name) is compared more than once, with a number beyond 32 bits: libseccomp can't compile that"
                        )
                    }
                }
            }
        }
    }

    private struct Argument: Hashable {
        let name: [UInt8]
        let index: UInt32
    }

    /// The comparisons of one argument so far.
    private struct Seen {
        var count = 0
        var wide = false
        var ordered = false

        mutating func add(_ condition: RuntimeSpec.Seccomp.Condition) {
            count += 1
            wide = wide || isWide(condition)
            ordered = ordered || condition.op != "SCMP_CMP_EQ" && condition.op != "SCMP_CMP_NE"
        }
    }

    private static func isWide(_ condition: RuntimeSpec.Seccomp.Condition) -> Bool { condition.value > UInt64(UInt32.max) }
}
