// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Docker's default profile, resolved for containers with different rights and compiled: the kernel's program says for every
// call what the profile's text says.

import Testing
import WharfOCI
import WharfRuntime
import WharfTestKit

@testable import WharfEngine

@Suite struct DefaultFilterTests {
    @Test(arguments: [
        [], Capability.containerDefaults.map(\.name), ["CAP_SYS_ADMIN"], Capability.allCases.map(\.name),
    ])
    func everyVerdictIsTheProfiles(capabilities: [String]) throws {
        let target = SeccompProfile.Target(capabilities: Set(capabilities), architecture: "amd64", kernel: (6, 12))
        let profile = try SeccompProfile.standard.resolved(for: target)
        let program = try SeccompCompiler.compile(profile)
        let oracle = FilterOracle(profile)
        let calls = oracle.calls()
        #expect(calls.count > 1800)
        for call in calls {
            let (found, expected) = (try verdict(of: program, on: call), oracle.verdict(for: call))
            #expect(found == expected, "\(call): 0x\(String(found, radix: 16)), not 0x\(String(expected, radix: 16))")
        }
    }
}
