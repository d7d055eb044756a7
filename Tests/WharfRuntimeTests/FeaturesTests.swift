// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The features document is true: every word in it is one that the runtime acts on.

import Testing
import WharfJSON
import WharfOCI
import WharfTestKit

@testable import WharfRuntime

@Suite("Features")
struct FeaturesTests {
    @Test("every mount option is understood by the runtime, none is left for the file system", arguments: RuntimeFeatures.mountOptions)
    func mountOption(option: String) {
        #expect(MountOptions([option]).data.isEmpty)
    }

    @Test("every action of a filter has a verdict", arguments: RuntimeFeatures.seccompActions)
    func action(name: String) { #expect(FilterAction.named(name, data: 1) != nil) }

    @Test("every architecture, operator and flag of a filter compiles")
    func filters() throws {
        for name in RuntimeFeatures.seccompOperators {
            let rule = RuntimeSpec.Seccomp.Rule(["personality"], action: "SCMP_ACT_ERRNO", args: [.init(index: 0, name, 1, 1)])
            _ = try SeccompCompiler.compile(.init(defaultAction: "SCMP_ACT_ALLOW", syscalls: [rule]))
        }
        for name in RuntimeFeatures.seccompArchitectures {
            _ = try SeccompCompiler.compile(.init(defaultAction: "SCMP_ACT_ALLOW", architectures: [name]))
        }
        for flag in RuntimeFeatures.seccompFlags {
            // One of them means something with an agent only.
            let seccomp = RuntimeSpec.Seccomp(
                defaultAction: "SCMP_ACT_ALLOW", flags: [flag], listenerPath: "/agent",
                syscalls: [.init(["mkdir"], action: "SCMP_ACT_NOTIFY")])
            _ = try SeccompFilter(program: try SeccompCompiler.compile(seccomp), for: seccomp)
        }
    }

    @Test("the program prints the document", .enabled(if: BundleFixture.canRun))
    func document() async throws {
        let result = try await CommandLine.run(try #require(BundleFixture.program), ["features"]).expecting(0)
        let document = try JSON.parse(result.stdout)
        #expect(document["ociVersionMin"]?.string == "1.0.0" && document["ociVersionMax"]?.string == "1.2.0")
        #expect(document["hooks"]?.array?.count == 6)
        #expect(document["linux"]?["namespaces"]?.array?.count == 8)
        #expect(document["linux"]?["cgroup"]?["systemd"]?.bool == false)
    }
}
