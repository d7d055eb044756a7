// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The runtime spec in its JSON form, and capability names.

import Testing
import WharfJSON
import WharfOCI

@Suite("Runtime spec")
struct RuntimeSpecTests {
    @Test("what is written is read back")
    func roundTrip() throws {
        let spec = RuntimeSpec(
            root: .init(path: "rootfs", readonly: true),
            process: .init(
                terminal: true, consoleSize: .init(height: 24, width: 80),
                user: .init(uid: 1, gid: 2, additionalGids: [3], username: "a:b", umask: 0o77),
                args: ["sh", "-c", "echo \"x\""], env: ["A=b\n"], cwd: "/w", capabilities: .init(["CAP_CHOWN"]),
                rlimits: [.init(type: "RLIMIT_NOFILE", hard: .max, soft: 10)], noNewPrivileges: true, oomScoreAdj: -5, apparmorProfile: "p",
                selinuxLabel: "l",
                scheduler: .init(policy: "SCHED_DEADLINE", flags: ["SCHED_FLAG_RECLAIM"], runtime: 1, deadline: 2, period: 3),
                ioPriority: .init(class: "IOPRIO_CLASS_BE", priority: 4), execCPUAffinity: .init(initial: "0", final: "0-1")),
            hostname: "h", domainname: "d", mounts: [Mount(destination: "/a", type: "bind", source: "/b", options: ["rbind"])],
            annotations: ["k": "v"],
            linux: .init(
                namespaces: [.init("pid"), .init("network", path: "/run/n")],
                devices: [.init(type: "c", path: "/dev/x", major: 1, minor: 2, fileMode: 0o600, uid: 4, gid: 5)], cgroupsPath: "/wharf/x",
                resources: .init(
                    devices: [.init(allow: true, type: "c", major: 1, minor: 3, access: "rw")],
                    memory: .init(limit: 1, reservation: 2, swap: -1),
                    cpu: .init(shares: 3, quota: -1, period: 5, cpus: "0-1"), pids: .init(limit: 6), blockIO: .init(weight: 7),
                    unified: ["memory.high": "1"]), sysctl: ["net.a": "1"], maskedPaths: ["/proc/kcore"], readonlyPaths: ["/proc/sys"],
                uidMappings: [.init(containerID: 0, hostID: 1000, size: 10)], gidMappings: [.init(containerID: 1, hostID: 2000, size: 20)],
                timeOffsets: ["monotonic": .init(secs: -5, nanosecs: 6)], personality: .init(domain: "LINUX32", flags: ["x"]),
                intelRdt: try JSON.parse(Array(#"{"closID":"c"}"#.utf8))),
            hooks: .init(
                prestart: [.init(path: "/a")], createRuntime: [.init(path: "/b", args: ["b", "c"], env: ["A=b"], timeout: 5)],
                createContainer: [.init(path: "/c")], startContainer: [.init(path: "/d")], poststart: [.init(path: "/e")],
                poststop: [.init(path: "/f")]))
        #expect(try JSON.decode(RuntimeSpec.self, from: JSON.encode(spec)) == spec)
    }

    @Test("absent, null and unknown members")
    func goRules() throws {
        let text =
            #"{"ociVersion":"1.0.2","process":{"args":["a"],"user":null,"cwd":"/","noSuchField":"x"},"hooks":{},"linux":{"resources":null}}"#
        let spec = try JSON.decode(RuntimeSpec.self, from: Array(text.utf8))
        #expect(spec.process.args == ["a"])
        #expect(spec.process.oomScoreAdj == nil)
        #expect(spec.linux.resources == RuntimeSpec.Resources())
        #expect(spec.mounts.isEmpty)
        #expect(spec.hooks == RuntimeSpec.Hooks() && spec.process.scheduler == nil)
        #expect(throws: JSONError.self) { try JSON.decode(RuntimeSpec.self, from: Array(#"{"process":{"user":{"uid":4294967296}}}"#.utf8)) }
        #expect(throws: JSONError.self) { try JSON.decode(RuntimeSpec.self, from: Array(#"{"process":{"user":{"uid":-1}}}"#.utf8)) }
    }

    @Test("capabilities by name")
    func capabilities() {
        for capability in Capability.allCases { #expect(Capability(name: capability.name) == capability) }
        #expect(Capability.allCases.count == 41)
        #expect(Capability.checkpointRestore.name == "CAP_CHECKPOINT_RESTORE")
        #expect(Capability.containerDefaults.reduce(0) { $0 | $1.mask } == 0xa804_25fb)
        for name in ["", "CHOWN", "CAP_", "CAP_NOTHING", "cap_chown", "CAP_CHOWN ", "CAP_CHOWN\u{301}"] {
            #expect(Capability(name: name) == nil)
        }
    }
}
