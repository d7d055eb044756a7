// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What lists of device rules lead to, and the writes that lead from one to another on version 1.

import Glibc
import Testing
import WharfLinux
import WharfOCI

@testable import WharfCgroups

@Suite("Device rules")
struct DeviceRulesTests {
    private typealias Rule = RuntimeSpec.DeviceRule

    private func texts(_ rules: [RuntimeSpec.DeviceRule]) throws -> [String] {
        let state = try DeviceRules(rules)
        return [state.allowsByDefault ? "allow" : "deny"] + state.ordered.map { DeviceRules.text($0.subject, $0.access) }
    }

    @Test("permissions for the same device add up, and are taken away one by one")
    func permissions() throws {
        let start: [Rule] = [.init(allow: false), .init(allow: true, type: "c", major: 1, minor: 3, access: "r")]
        #expect(try texts(start + [.init(allow: true, type: "c", major: 1, minor: 3, access: "w")]) == ["deny", "c 1:3 rw"])
        #expect(
            try texts(
                start + [
                    .init(allow: true, type: "c", major: 1, minor: 3, access: "wm"),
                    .init(allow: false, type: "c", major: 1, minor: 3, access: "m"),
                ]) == ["deny", "c 1:3 rw"])
        #expect(try texts(start + [.init(allow: false, type: "c", major: 1, minor: 3)]) == ["deny"])
        // Taking away what was never given changes nothing.
        #expect(try texts(start + [.init(allow: false, type: "b", major: 1, minor: 3)]) == ["deny", "c 1:3 r"])
    }

    @Test("a rule for everything starts anew, and what comes behind it turns round")
    func everything() throws {
        let some: [Rule] = [.init(allow: true, type: "c", major: 1, minor: 3)]
        #expect(try texts(some + [.init(allow: true)]) == ["allow"])
        #expect(try texts(some + [.init(allow: false, type: "", major: nil, access: "rwm")]) == ["deny"])
        #expect(try texts([.init(allow: true), .init(allow: false, type: "b", major: 8)]) == ["allow", "b 8:* rwm"])
        #expect(
            try texts([.init(allow: true), .init(allow: false, type: "b", major: 8), .init(allow: true, type: "b", major: 8, access: "r")])
                == ["allow", "b 8:* wm"])
        #expect(try texts([]) == ["deny"])
    }

    @Test("a rule of type a opens no more than it says")
    func narrow() throws {
        #expect(try texts([.init(allow: true, type: "a", access: "m")]) == ["deny", "b *:* m", "c *:* m"])
        #expect(try texts([.init(allow: true, type: "a", major: 1, minor: 3)]) == ["deny", "b 1:3 rwm", "c 1:3 rwm"])
        #expect(try texts([.init(allow: true), .init(allow: false, type: "a", major: 1)]) == ["deny"])
    }

    @Test("no hole is made in a wider rule")
    func holes() throws {
        let wide: [Rule] = [.init(allow: true, type: "c", access: "m"), .init(allow: true, type: "c", major: 4, access: "rw")]
        for hole in [
            Rule(allow: false, type: "c", major: 1, minor: 3, access: "m"), Rule(allow: false, type: "c", major: 4, minor: 1, access: "r"),
            Rule(allow: false, type: "c", major: 4, access: "rwm"),
        ] {
            #expect(throws: SyscallError.self) { try DeviceRules(wide + [hole]) }
        }
        // Other permissions, another kind, and the wide rule itself.
        #expect(try texts(wide + [.init(allow: false, type: "c", major: 1, minor: 3, access: "rw")]).count == 3)
        #expect(try texts(wide + [.init(allow: false, type: "b", major: 1, minor: 3)]).count == 3)
        #expect(try texts(wide + [.init(allow: false, type: "c", access: "m")]) == ["deny", "c 4:* rw"])
        #expect(throws: SyscallError.self) {
            try DeviceRules([.init(allow: true), .init(allow: false, type: "b"), .init(allow: true, type: "b", major: 8, access: "r")])
        }
    }

    @Test(
        "what is no rule names its field",
        arguments: [
            (
                RuntimeSpec.DeviceRule(allow: true, type: "u", major: 1, minor: 3),
                "linux.resources.devices[1].type \"u\" is none of a, b, c"
            ),
            (.init(allow: true, type: "c", access: ""), "linux.resources.devices[1].access is empty"),
            (.init(allow: true, type: "c", access: "rx"), "linux.resources.devices[1].access \"rx\" has other letters than rwm"),
            (.init(allow: true, type: "c", major: -2), "linux.resources.devices[1].major -2 is no device number"),
            (.init(allow: true, type: "c", minor: 4_294_967_296), "linux.resources.devices[1].minor 4294967296 is no device number"),
        ])
    func invalid(rule: RuntimeSpec.DeviceRule, text: String) {
        #expect(throws: SyscallError("cgroup", text, errno: EINVAL)) { try DeviceRules([.init(allow: false), rule]) }
    }

    @Test("-1 is any number")
    func wildcard() throws {
        #expect(try texts([.init(allow: true, type: "c", major: -1, minor: -1, access: "m")]) == ["deny", "c *:* m"])
    }

    private func writes(_ list: String, _ rules: [RuntimeSpec.DeviceRule]) throws -> [String] {
        try DeviceRules(list: list).transition(to: try DeviceRules(rules)).map { "\($0.file) \($0.rule)" }
    }

    @Test("from one list to the next only what differs is written, and what stays is never denied")
    func transition() throws {
        #expect(
            try writes(
                "c 1:3 rwm\nc 5:* rw\nb *:* m",
                [.init(allow: true, type: "c", major: 1, minor: 3, access: "rw"), .init(allow: true, type: "c", major: 7)])
                == ["devices.deny b *:* m", "devices.deny c 1:3 m", "devices.deny c 5:* rw", "devices.allow c 7:* rwm"])
        #expect(try writes("c 1:3 rwm", [.init(allow: true, type: "c", major: 1, minor: 3)]).isEmpty)
        // A group that allows by default doesn't tell what it denies: it starts anew.
        #expect(
            try writes("a *:* rwm", [.init(allow: true, type: "c", major: 1, minor: 3)]) == ["devices.deny a", "devices.allow c 1:3 rwm"])
        #expect(try writes("a *:* rwm", [.init(allow: true)]) == ["devices.allow a"])
        #expect(
            try writes("c 1:3 rwm", [.init(allow: true), .init(allow: false, type: "b")]) == ["devices.allow a", "devices.deny b *:* rwm"])
        for line in ["c 1:3", "x", "c 1:3 q"] { #expect(throws: SyscallError.self) { try DeviceRules(list: line) } }
    }
}
