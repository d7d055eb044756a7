// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// System calls that libseccomp 2.5.4 has no names for. Since Linux 5.1 a new call gets one number on all architectures
// (the x86-64 table, include/uapi/asm-generic/unistd.h), so one table serves them all.

import Glibc

/// Names and numbers above libseccomp's table.
enum NewerSyscalls {
    /// The first number that libseccomp 2.5.4 lacks.
    static let first: UInt32 = 451
    /// In the order of their numbers, without gaps.
    private static let names: [StaticString] = [
        "cachestat", "fchmodat2", "map_shadow_stack", "futex_wake", "futex_wait", "futex_requeue", "statmount", "listmount",
        "lsm_get_self_attr", "lsm_set_self_attr", "lsm_list_modules", "mseal", "setxattrat", "getxattrat", "listxattrat",
        "removexattrat", "open_tree_attr", "file_getattr", "file_setattr",
    ]
    /// The last number that anybody could have written a rule for.
    static var last: UInt32 { first + UInt32(names.count) - 1 }

    /// Calls of x86-64 alone, in the gap that its table has below the common numbers.
    private static let nativeNames: [StaticString] = ["uretprobe", "uprobe"]
    private static let nativeFirst: UInt32 = 335

    /// The number of a call that only x86-64 has; nil for any other name.
    static func nativeNumber(_ name: String) -> UInt32? {
        nativeNames.firstIndex { isNamed($0, name) }.map { nativeFirst + UInt32($0) }
    }

    /// The number of a call; nil for a name that is not in the table.
    static func number(_ name: String) -> UInt32? {
        names.firstIndex { isNamed($0, name) }.map { first + UInt32($0) }
    }

    private static func isNamed(_ known: StaticString, _ name: String) -> Bool {
        name.utf8.elementsEqual(UnsafeBufferPointer(start: known.utf8Start, count: known.utf8CodeUnitCount))
    }
}
