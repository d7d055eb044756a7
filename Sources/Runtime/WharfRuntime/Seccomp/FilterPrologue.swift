// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The part of a filter that stands in front of libseccomp's: verdicts for calls that libseccomp has no names for, and
// "no such call" for those that are newer than every table, so that programs fall back as on an older kernel (a bare
// EPERM makes C libraries give up instead).

/// Builds the instructions that decide about newer calls and let all others through to the main program.
struct FilterPrologue {
    /// Kernel architecture tokens (AUDIT_ARCH_*) in which the numbers hold.
    var architectures: [UInt32]
    /// The action per call number of `NewerSyscalls`.
    var verdicts: [(number: UInt32, action: UInt32)]
    /// The error for calls behind the last known one; nil where the default lets calls through.
    var unknown: UInt32?

    /// x32 calls carry this bit in their number and are left to libseccomp.
    private static let x32Bit: UInt32 = 0x4000_0000

    /// Ends at the main program's first instruction. Empty when there is nothing to decide.
    func instructions() -> [FilterInstruction] {
        guard !architectures.isEmpty, !(verdicts.isEmpty && unknown == nil) else { return [] }
        let verdictPart: [FilterInstruction] = verdicts.flatMap {
            [FilterInstruction.ifEqual($0.number, then: 0, otherwise: 1), .end($0.action)]
        }
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
