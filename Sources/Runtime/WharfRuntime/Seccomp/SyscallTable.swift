// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Names of system calls to numbers, for one architecture: all that libseccomp is asked. It answers a name that the
// architecture lacks with a negative number, and one that it has never heard of with -1.

import CSeccomp
import Glibc

/// The numbers of one architecture.
struct SyscallTable {
    /// Where a call is decided.
    struct Entry {
        let number: UInt32
        /// For a call that is made by way of another one (socketcall, ipc): what says that it is this one.
        var selector: FilterCondition?
    }

    /// libseccomp's name for the architecture.
    private let architecture: UInt32
    /// AUDIT_ARCH_* as the kernel reports it, which is one for x86-64 and x32.
    let token: UInt32
    var isX32: Bool { architecture == Self.x32 }
    /// Whether arguments have 32 bits.
    let isNarrow: Bool
    /// What is added to the numbers that all architectures have in common.
    private let base: UInt32
    /// The numbers of socketcall and ipc, each with the bits of its first argument that name a call.
    private let doors: [(number: UInt32, mask: UInt64)?]
    /// Calls that have a number and a door both.
    private let direct: [String: UInt32]

    static let x86: UInt32 = 0xC000_003E
    /// Calls of x32 are calls of x86-64 with this bit in their number.
    static let x32Bit: UInt32 = 0x4000_0000
    private static let x32: UInt32 = 0x4000_003E
    private static let mipsN32: UInt32 = 0x2000_0000
    private static let is64Bit: UInt32 = 0x8000_0000
    /// libseccomp's answer for a name in none of its tables (__NR_SCMP_ERROR).
    private static let unknownName: Int32 = -1

    /// The architecture that this program was built for.
    static var native: SyscallTable { SyscallTable(seccomp_arch_native()) }

    /// nil for an unknown name. `SCMP_ARCH_X86_64` and the like.
    init?(_ name: String) {
        let prefix = "SCMP_ARCH_"
        guard name.hasPrefix(prefix), !name.utf8.contains(0) else { return nil }
        let architecture = seccomp_arch_resolve_name(name.dropFirst(prefix.utf8.count).lowercased())
        guard architecture != 0 else { return nil }
        self.init(architecture)
    }

    private init(_ architecture: UInt32) {
        self.architecture = architecture
        token = architecture == Self.x32 ? Self.x86 : architecture
        isNarrow = architecture & Self.is64Bit == 0 || architecture & Self.mipsN32 != 0
        func number(_ name: String) -> UInt32? { UInt32(exactly: seccomp_syscall_resolve_name_arch(architecture, name)) }
        base = number("openat2").map { $0 &- 437 } ?? 0
        // The kernel looks at these bits alone (net/socket.c, ipc/syscall.c).
        doors = [number("socketcall").map { ($0, 0xFFFF_FFFF) }, number("ipc").map { ($0, 0xFFFF) }]
        var direct: [String: UInt32] = [:]
        if doors.contains(where: { $0 != nil }) {
            // Asked by name libseccomp tells of the door only. No architecture has them outside of these numbers.
            for number in (base + 100)..<(base + 430) {
                guard let text = seccomp_syscall_resolve_num_arch(architecture, Int32(bitPattern: number)) else { continue }
                direct[String(cString: text)] = number
                free(text)
            }
        }
        self.direct = direct
    }

    func isSame(as other: SyscallTable) -> Bool { architecture == other.architecture }

    /// Numbers from here on are newer than every table; nil for x32, which has its own numbers behind the common ones.
    var firstUnknown: UInt32? { isX32 ? nil : base + NewerSyscalls.last + 1 }

    /// Where calls of this name are decided: nowhere if the architecture has none, at two numbers if it has two ways.
    func entries(_ name: String) -> [Entry] {
        guard !name.utf8.contains(0) else { return [] }
        let answer = seccomp_syscall_resolve_name_arch(architecture, name)
        if answer >= 0 { return [Entry(number: UInt32(answer))] }
        if answer == Self.unknownName { return newer(name).map { [Entry(number: $0)] } ?? [] }
        // -101 to -120 are the calls of socketcall, -201 to -224 those of ipc (seccomp-syscalls.h).
        let (kind, call) = (-answer).quotientAndRemainder(dividingBy: 100)
        guard (1...2).contains(kind), let door = doors[Int(kind) - 1] else { return [] }
        let selector = FilterCondition(0, .equal(mask: door.mask, value: UInt64(call)))
        return [Entry(number: door.number, selector: selector)] + (direct[name].map { [Entry(number: $0)] } ?? [])
    }

    private func newer(_ name: String) -> UInt32? {
        if let number = NewerSyscalls.number(name) { return base + number }
        return architecture == Self.x86 ? NewerSyscalls.nativeNumber(name) : nil
    }
}
