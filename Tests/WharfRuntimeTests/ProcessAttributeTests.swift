// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a process specification says beside its program: scheduling, priorities, labels, limits, execution domain, rights.

import Glibc
import Testing
import WharfLinux
import WharfOCI
import WharfTestKit

@testable import WharfRuntime

@Suite("Process attributes")
struct ProcessAttributeTests {
    @Test(
        "schedulers that go together",
        arguments: [
            (RuntimeSpec.Scheduler(policy: "SCHED_OTHER", nice: -20), SchedulingPolicy(policy: 0, nice: -20)),
            (.init(policy: "SCHED_FIFO", priority: 99), .init(policy: 1, priority: 99)),
            (.init(policy: "SCHED_RR", priority: 1, flags: ["SCHED_FLAG_RESET_ON_FORK"]), .init(policy: 2, flags: 1, priority: 1)),
            (.init(policy: "SCHED_BATCH", nice: 19), .init(policy: 3, nice: 19)), (.init(policy: "SCHED_IDLE"), .init(policy: 5)),
            (
                .init(
                    policy: "SCHED_DEADLINE",
                    flags: [
                        "SCHED_FLAG_RECLAIM", "SCHED_FLAG_DL_OVERRUN", "SCHED_FLAG_KEEP_POLICY", "SCHED_FLAG_KEEP_PARAMS",
                        "SCHED_FLAG_UTIL_CLAMP_MIN", "SCHED_FLAG_UTIL_CLAMP_MAX",
                    ], runtime: 1, deadline: 2, period: 3),
                .init(policy: 6, flags: 0x7E, runtime: 1, deadline: 2, period: 3)
            ),
        ])
    func schedulers(scheduler: RuntimeSpec.Scheduler, policy: SchedulingPolicy) throws {
        #expect(try ProcessScheduling.policy(scheduler) == policy)
    }

    @Test(
        "schedulers that don't",
        arguments: [
            (RuntimeSpec.Scheduler(policy: ""), "unknown scheduler policy"), (.init(policy: "SCHED_FIFO "), "unknown scheduler policy"),
            (.init(policy: "SCHED_ISO"), "not implemented"), (.init(policy: "SCHED_FIFO"), "must be 1 to 99"),
            (.init(policy: "SCHED_RR", priority: 100), "must be 1 to 99"), (.init(policy: "SCHED_RR", priority: -1), "must be 1 to 99"),
            (.init(policy: "SCHED_OTHER", priority: 1), "only be specified for SCHED_FIFO or SCHED_RR"),
            (.init(policy: "SCHED_OTHER", nice: 20), "invalid scheduler nice: 20"),
            (.init(policy: "SCHED_OTHER", nice: -21), "invalid scheduler nice"),
            (.init(policy: "SCHED_IDLE", nice: 1), "only be specified for SCHED_OTHER or SCHED_BATCH"),
            (.init(policy: "SCHED_BATCH", period: 1), "only be specified for SCHED_DEADLINE"),
            (.init(policy: "SCHED_OTHER", flags: ["SCHED_FLAG_X"]), "unknown scheduler flag \"SCHED_FLAG_X\""),
        ])
    func badSchedulers(scheduler: RuntimeSpec.Scheduler, words: String) {
        let error = #expect(throws: RuntimeError.self) { try SpecCheck.check(RuntimeSpec.Process(args: ["x"], scheduler: scheduler)) }
        #expect(error?.step == "spec" && error?.text.contains(words) ?? false, "\(String(describing: error))")
    }

    @Test(
        "lists of processors",
        arguments: [
            ("0", "0"), ("0-3", "3,2,1,0"), (" 1 , 3-4", "1,3,4"), ("8191", "8191"), ("7,7-7", "7"),
        ])
    func processors(list: String, same: String) {
        #expect(ProcessorSet(list: list) == ProcessorSet(list: same) && ProcessorSet(list: list) != nil)
    }

    @Test(
        "lists that are none",
        arguments: ["", ",", "1,", "-1", "3-1", "a", "1-2-3", "8192", "99999999999999999999", "0x1", "1;2", "\u{661}"])
    func badProcessors(list: String) { #expect(ProcessorSet(list: list) == nil) }

    @Test("values out of range or named twice name the field")
    func ranges() {
        for (process, words) in [
            (RuntimeSpec.Process(args: ["x"], ioPriority: .init(class: "IOPRIO_CLASS_BE", priority: 8)), "ioPriority.Priority: 8"),
            (.init(args: ["x"], ioPriority: .init(class: "BE")), "ioPriority.Class: BE"),
            (.init(args: ["x"], execCPUAffinity: .init(final: "x")), "execCPUAffinity.final"),
            (.init(args: ["x"], rlimits: [.init(type: "RLIMIT_CPU", hard: 1, soft: 2)]), "soft limit 2 is above the hard 1"),
            (
                .init(args: ["x"], rlimits: [.init(type: "RLIMIT_CPU", hard: 1, soft: 1), .init(type: "RLIMIT_CPU", hard: 1, soft: 1)]),
                "listed twice"
            ),
            (.init(args: ["x"], rlimits: [.init(type: "CPU", hard: 1, soft: 1)]), "unknown rlimit CPU"),
            (.init(user: .init(umask: 0o1000), args: ["x"]), "umask 512"), (.init(args: ["x"], selinuxLabel: "a\nb"), "control character"),
            (.init(user: .init(additionalGids: [1 << 31]), args: ["x"]), "range 0-2147483647"),
        ] {
            let error = #expect(throws: RuntimeError.self) { try SpecCheck.check(process) }
            #expect(error?.text.contains(words) ?? false, "\(words): \(String(describing: error))")
        }
        let base = RuntimeSpec(process: .init(args: ["x"]), linux: .init(namespaces: [.init("mount"), .init("uts")]))
        let changes: [(String, (inout RuntimeSpec) -> Void)] = [
            ("ociVersion \"2.0\"", { $0.ociVersion = "2.0" }), ("ociVersion \"\"", { $0.ociVersion = "" }),
            ("personality domain X", { $0.linux.personality = .init(domain: "X") }),
            ("flag \"F\"", { $0.linux.personality = .init(domain: "LINUX", flags: ["F"]) }),
            (
                "without a private UTS",
                {
                    $0.linux.namespaces.removeLast(); $0.domainname = "d"
                }
            ),
            ("time namespace isn't enabled", { $0.linux.timeOffsets = ["monotonic": .init()] }),
            (
                "unknown clock \"x\"",
                {
                    $0.linux.namespaces.append(.init("time")); $0.linux.timeOffsets = ["x": .init()]
                }
            ),
            (
                "nanosecs",
                {
                    $0.linux.namespaces.append(.init("time")); $0.linux.timeOffsets = ["boottime": .init(nanosecs: 1_000_000_000)]
                }
            ),
            (
                "only provide one",
                {
                    $0.linux.namespaces.append(.init("time", path: "/x")); $0.linux.timeOffsets = ["boottime": .init()]
                }
            ),
            ("unknown namespace type \"net\"", { $0.linux.namespaces.append(.init("net")) }),
            ("is not absolute", { $0.linux.namespaces.append(.init("ipc", path: "x")) }),
            ("conflicts with the OCI \"hostname\" field", { $0.linux.sysctl = ["kernel.hostname": "x"] }),
            ("hosts ipc namespace", { $0.linux.sysctl = ["kernel.shmmax": "1"] }),
            ("line end", { $0.linux.sysctl = ["kernel.domainname": "a\nkernel.core_pattern=b"] }),
        ]
        for (words, change) in changes {
            var spec = base
            change(&spec)
            let error = #expect(throws: RuntimeError.self) { try SpecCheck.check(spec, id: "c1") }
            #expect(error?.text.contains(words) ?? false, "\(words): \(String(describing: error))")
        }
    }

    @Test("maps that can't be")
    func maps() throws {
        func plan(_ uids: [IDMapping]) throws -> UserNamespacePlan? {
            let namespaces = [RuntimeSpec.Namespace("mount"), .init("user")]
            let good = [IDMapping(containerID: 0, hostID: 0, size: 1)]
            return try UserNamespacePlan(.init(namespaces: namespaces, uidMappings: uids, gidMappings: good), try NamespacePlan(namespaces))
        }
        for (map, words) in [
            ([], "needs uidMappings"), ([IDMapping(containerID: 0, hostID: 0, size: 0)], "is empty"),
            ([.init(containerID: 5, hostID: 0, size: .max)], "beyond the last id"),
            ([.init(containerID: 0, hostID: 2, size: .max - 1)], "beyond the last id"),
            ([.init(containerID: 0, hostID: 0, size: 10), .init(containerID: 9, hostID: 20, size: 1)], "overlaps"),
            ([.init(containerID: 0, hostID: 10, size: 10), .init(containerID: 50, hostID: 5, size: 6)], "overlaps"),
            ((0..<341).map { IDMapping(containerID: $0, hostID: $0, size: 1) }, "more than 340"),
        ] {
            let error = #expect(throws: RuntimeError.self) { try plan(map) }
            #expect(error?.text.contains(words) ?? false, "\(words): \(String(describing: error))")
        }
        #expect(try plan([.init(containerID: 0, hostID: 0, size: .max)])?.isNew == true)
        let map = [IDMapping(containerID: 0, hostID: 1000, size: 10), .init(containerID: 20, hostID: 5, size: 1)]
        #expect([0, 9, 10, 20, 21].map { UserNamespacePlan.host($0, map) } == [1000, 1009, nil, 5, nil])
    }

    @Test("the kernel has them", .enabled(if: BundleFixture.canRun))
    func inside() async throws {
        var fixture = try await BundleFixture()
        fixture.spec.process.scheduler = .init(policy: "SCHED_BATCH", nice: 4)
        fixture.spec.process.ioPriority = .init(class: "IOPRIO_CLASS_IDLE")
        fixture.spec.process.apparmorProfile = "unconfined"
        fixture.spec.linux.personality = .init(domain: "LINUX32")
        fixture.spec.domainname = "example"
        fixture.spec.process.user = .init(umask: 0o27)
        let result = try await fixture.run(
            "cut -d ' ' -f 19,41 /proc/self/stat; busybox uname -m; cat /proc/sys/kernel/domainname; umask; busybox ionice -p 1")
        try result.expecting(0)
        #expect(result.lines == ["4 3", "i686", "example", "0027", "idle"], "\(result)")
    }

    @Test("labels that this host can't give are an error", .enabled(if: BundleFixture.canRun))
    func labels() async throws {
        var fixture = try await BundleFixture()
        if try !HostPath("/sys/module/apparmor/parameters/enabled").exists() {
            fixture.spec.process.apparmorProfile = "docker-default"
            #expect(try await fixture.run("echo ran").says("config provided but apparmor not supported"))
            fixture.spec.process.apparmorProfile = ""
        }
        if try !HostPath("/sys/fs/selinux/enforce").exists() {
            fixture.spec.process.selinuxLabel = "a:b:c"
            #expect(try await fixture.run("echo ran").says("selinux is disabled or not supported"))
        }
    }

    @Test("inheritable and ambient rights only where they are asked for, unknown ones never", .enabled(if: BundleFixture.canRun))
    func capabilities() async throws {
        var fixture = try await BundleFixture()
        let names = ["CAP_CHOWN", "CAP_NET_RAW"]
        fixture.spec.process.capabilities = .init(
            bounding: names, effective: names, permitted: names, inheritable: names, ambient: ["CAP_CHOWN"])
        fixture.spec.process.user = .init(uid: 33, gid: 33)
        let result = try await fixture.run("grep ^Cap /proc/self/status | cut -f 2")
        #expect(result.lines == ["2001", "0001", "0001", "2001", "0001"].map { "000000000000\($0)" }, "\(result)")
        fixture.spec.process.capabilities = .init(["CAP_CHOWN", "CAP_FLY"])
        #expect(try await fixture.run("echo ran").says("unknown capability CAP_FLY"))
    }

    @Test("raising a hard limit without the right to says so", .enabled(if: BundleFixture.canRun))
    func limits() async throws {
        var fixture = try await BundleFixture()
        fixture.spec.process.rlimits = [.init(type: "RLIMIT_NOFILE", hard: 1 << 40, soft: 5)]
        #expect(
            try await fixture.run("echo ran").says("setting RLIMIT_NOFILE to 5:1099511627776: prlimit64: operation not permitted"))
    }
}
