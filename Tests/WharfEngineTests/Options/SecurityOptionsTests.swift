// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `--security-opt` and capabilities: what each word means, and what this host can't give.

import Testing
import WharfDockerAPI
import WharfError
import WharfOCI

@testable import WharfEngine

@Suite struct SecurityOptionsTests {
    @Test func theLastWordOnASubjectCounts() throws {
        let options = try SecurityOptions([
            "no-new-privileges", "seccomp=unconfined", "seccomp={}", "apparmor:unconfined", "label=disable", "label:type:t",
            "writable-cgroups=false",
            "systempaths=unconfined",
        ])
        #expect(options.noNewPrivileges && options.hasUnconfinedSystemPaths)
        #expect(options.seccomp == .profile("{}"))
        #expect(options.appArmorProfile == "unconfined")
        #expect(options.labels == ["disable", "type:t"])
        #expect(options.writableCgroups == false)
        #expect(try SecurityOptions(["writable-cgroups"]).writableCgroups == true)
        #expect(try SecurityOptions(["seccomp=builtin"]).seccomp == .standard)
        #expect(try SecurityOptions([]) == SecurityOptions())
    }

    @Test(arguments: [
        ("no-new-privileges", true), ("no-new-privileges=1", true), ("no-new-privileges:T", true), ("no-new-privileges=false", false),
    ])
    func noNewPrivileges(option: String, isOn: Bool) throws {
        #expect(try SecurityOptions([option]).noNewPrivileges == isOn)
    }

    @Test(arguments: [
        ("nonsense", "invalid --security-opt 1: \"nonsense\""), ("nonsense=1", "invalid --security-opt 2: \"nonsense=1\""),
        ("no-new-privileges=perhaps", "invalid --security-opt 2: \"no-new-privileges=perhaps\""),
        ("writable-cgroups:2", "invalid --security-opt 2: \"writable-cgroups:2\""), ("", "invalid --security-opt 1: \"\""),
    ])
    func whatNobodyKnowsIsRefused(option: String, text: String) {
        let error = #expect(throws: WharfError.self) { try SecurityOptions([option]) }
        #expect(error?.message == text)
        #expect(error?.code == .invalidArgument)
    }

    @Test func anAppArmorProfileThatCannotBeAppliedIsAnError() async throws {
        let fixture = try EngineFixture()
        let text = await failure(.invalidArgument) { _ = try await fixture.create { $1.securityOpt = ["apparmor=tight"] } }
        #expect(text == "AppArmor is not supported by the kernel: the profile \"tight\" can't be applied")
        for name in ["unconfined", "docker-default"] { _ = try await fixture.create { $1.securityOpt = ["apparmor=\(name)"] } }
        let warned = try await fixture.containers.create(fixture.request { $1.securityOpt = ["label=type:t"] }).warnings
        #expect(warned == ["SELinux is not supported by your kernel or not enabled. Security labels discarded."])
        #expect(try await fixture.containers.create(fixture.request { $1.securityOpt = ["label=disable"] }).warnings.isEmpty)
    }

    @Test func aCapabilityThatTheHostLacksIsDroppedWithAWarning() async throws {
        var host = HostFacts.example
        host.capabilities.removeAll { $0 == .sysResource }
        let fixture = try EngineFixture(host: host)
        let answer = try await fixture.containers.create(fixture.request { $1.capAdd = ["sys_resource", "NET_ADMIN"] })
        #expect(answer.warnings == ["Your kernel or environment does not provide the capability CAP_SYS_RESOURCE. Capability discarded."])
        #expect(
            try CapabilityChoice.names(added: ["sys_resource", "chown"], dropped: ["ALL"], available: host.capabilities) == ["CAP_CHOWN"])
        let all = try CapabilityChoice.names(added: ["ALL"], dropped: ["kill"], available: host.capabilities)
        #expect(all.count == Capability.allCases.count - 2 && !all.contains("CAP_SYS_RESOURCE") && !all.contains("CAP_KILL"))
        var process = TaskProcess(arguments: [])
        process.privileged = true
        #expect(try process.capabilityNames(host.capabilities) == host.capabilities.map(\.name))
    }

    @Test func theBoundingSetIsReadFromProc() {
        let status = Array("Name:\tx\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000021\n".utf8)
        #expect(CapabilityChoice.bounding(inStatus: status) == [.chown, .kill])
        #expect(CapabilityChoice.bounding(inStatus: []) == Capability.allCases)
    }
}
