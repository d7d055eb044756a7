// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The runtime's pure parts: the channel's messages, what a spec must be, which program a name means.

import Glibc
import Testing
import WharfJSON
import WharfLinux
import WharfOCI
import WharfTestKit

@testable import WharfRuntime

@Suite("Init's messages")
struct InitMessageTests {
    private static let failure = RuntimeError(step: "exec", errno: ENOENT, text: "exec: \"é\": not found")

    @Test("a message is read as it was written")
    func roundTrip() {
        for message in [
            InitMessage.ready(warnings: []), .ready(warnings: ["a", ""]), .handles, .failure(Self.failure), .born(pid: .max),
            .request(.hooks, 0), .request(.timeOffsets, 0), .request(.listener, 7),
        ] {
            #expect(InitMessage.decode(message.encode()) == message)
            #expect(
                InitMessage.bodyLength(Array(message.encode().prefix(InitMessage.headerSize))) == message.encode().count
                    - InitMessage.headerSize)
        }
        #expect(InitFailure.decode([]) == nil)
        #expect(InitFailure.decode(InitMessage.failure(Self.failure).encode()) == Self.failure)
    }

    @Test("anything else is no message")
    func malformed() {
        let good = InitMessage.failure(Self.failure).encode()
        for length in 0..<good.count { #expect(InitMessage.decode(Array(good.prefix(length))) == nil) }
        #expect(InitMessage.decode(good + [0]) == nil)
        #expect(InitMessage.decode([9, 0, 0, 0, 0]) == nil)
        for index in good.indices {
            var changed = good
            changed[index] = 0xff
            _ = InitMessage.decode(changed)
        }
        #expect(InitMessage.bodyLength([1, 0xff, 0xff, 0xff, 0xff]) == nil)
        #expect(InitFailure.decode([7])?.errno == EPROTO)
    }

    @Test("long texts are cut, so that every message stays in its bounds")
    func bounds() {
        let long = String(repeating: "x", count: 1_000_000)
        #expect(InitMessage.failure(RuntimeError(step: long, errno: 1, text: long)).encode().count < InitMessage.maximumSize)
        #expect(InitMessage.ready(warnings: Array(repeating: long, count: 1000)).encode().count < InitMessage.maximumSize)
    }
}

@Suite("Spec")
struct SpecCheckTests {
    private func spec(_ change: (inout RuntimeSpec) -> Void) -> RuntimeSpec {
        var spec = RuntimeSpec(
            process: .init(args: ["sh"]), linux: .init(namespaces: ["mount", "pid", "network", "ipc", "uts"].map { .init($0) }))
        change(&spec)
        return spec
    }

    @Test("a plain one is taken")
    func good() throws { try SpecCheck.check(spec { $0.hostname = "web-1" }, id: "c1") }

    @Test("sysctls of the container's own namespaces only (RT-13)")
    func sysctls() throws {
        for key in ["net.ipv4.ip_forward", "net/core/somaxconn", "kernel.shmmax", "fs.mqueue.msg_max"] {
            try SpecCheck.check(spec { $0.linux.sysctl = [key: "1"] }, id: "c1")
        }
        for key in [
            "kernel.core_pattern", "vm.overcommit_memory", "kernel.msgmax2", "net", "a=1+kernel.core_pattern", "../kernel.core_pattern",
            "net/../kernel/core_pattern", "kernel/core_pattern", "",
        ] {
            let error = #expect(throws: RuntimeError.self) { try SpecCheck.check(spec { $0.linux.sysctl = [key: "1"] }, id: "c1") }
            #expect(error?.step == "spec")
        }
        let hostNetwork = spec {
            $0.linux.namespaces.removeAll { $0.type == "network" }
            $0.linux.sysctl = ["net.ipv4.ip_forward": "1"]
        }
        #expect(throws: RuntimeError.self) { try SpecCheck.check(hostNetwork, id: "c1") }
    }

    @Test("what can't be right")
    func bad() {
        let cases: [(String, RuntimeSpec)] = [
            ("no arguments", spec { $0.process.args = [] }), ("NUL", spec { $0.process.args = ["a\0b"] }),
            ("NUL in env", spec { $0.process.env = ["A=\0"] }),
            ("cwd", spec { $0.process.cwd = "tmp" }), ("hostname", spec { $0.hostname = "a b" }),
            ("hostname", spec { $0.hostname = String(repeating: "a", count: 65) }),
            ("cgroup", spec { $0.linux.cgroupsPath = "/a/../b" }), ("twice", spec { $0.linux.namespaces.append(.init("pid")) }),
            ("no mount namespace", spec { $0.linux.namespaces.removeAll { $0.type == "mount" } }),
            (
                "uts",
                spec {
                    $0.hostname = "h"; $0.linux.namespaces.removeAll { $0.type == "uts" }
                }
            ), ("oom", spec { $0.process.oomScoreAdj = 1001 }),
            ("destination", spec { $0.mounts = [Mount(destination: "", type: "bind", source: "/")] }),
            ("intelRdt", spec { $0.linux.intelRdt = try? JSON.parse(Array(#"{"closID":"g"}"#.utf8)) }),  // a constant
        ]
        for (name, spec) in cases { #expect(throws: RuntimeError.self, "\(name)") { try SpecCheck.check(spec, id: "c1") } }
        for id in ["", ".", "a/b", "-x"] { #expect(throws: RuntimeError.self) { try SpecCheck.check(spec { _ in }, id: id) } }
        #expect(throws: RuntimeError(step: "spec", errno: EINVAL, text: "unknown capability CAP_ALL")) {
            try ContainerPlan.capabilities(.init(["CAP_CHOWN", "CAP_ALL"]))
        }
    }

    @Test("an empty program is one that is not found")
    func emptyProgram() {
        #expect(throws: RuntimeError(step: "exec", errno: ENOENT, text: "exec: \"\": executable file not found in $PATH")) {
            try SpecCheck.check(RuntimeSpec.Process(args: [""]))
        }
    }
}

@Suite("Program lookup")
struct ProgramLookupTests {
    @Test("Docker's texts and numbers")
    func texts() throws {
        let temporary = try TemporaryDirectory("lookup")
        let plain = try temporary.write("plain", [])
        let lookup = ProgramLookup(search: Array("/nowhere::\(temporary.path):/bin".utf8))
        #expect(try lookup.find(Array("sh".utf8)) == Array("/bin/sh".utf8))
        #expect(try lookup.find(Array("/bin/sh".utf8)) == Array("/bin/sh".utf8))
        let cases: [(String, Int32, String)] = [
            ("nope", ENOENT, "exec: \"nope\": executable file not found in $PATH"),
            ("/nope", ENOENT, "exec: \"/nope\": stat /nope: no such file or directory"),
            ("plain", EACCES, "exec: \"plain\": permission denied"), (plain, EACCES, "exec: \"\(plain)\": permission denied"),
            ("/etc", EACCES, "exec: \"/etc\": is a directory"),
            ("./nope", ENOENT, "exec: \"./nope\": stat ./nope: no such file or directory"),
        ]
        for (name, errno, text) in cases {
            #expect(throws: RuntimeError(step: "exec", errno: errno, text: text)) { try lookup.find(Array(name.utf8)) }
        }
        #expect(throws: RuntimeError.self) { try ProgramLookup(search: []).find(Array("sh".utf8)) }
    }
}
