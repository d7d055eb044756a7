// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Version 1's files for devices: devices.list tells the state (only the allowed ones: what a group that allows by default
// denies is not told), devices.allow and devices.deny take one rule in each write.

import WharfLinux

extension DeviceRules {
    /// From devices.list: lines of `c 1:3 rwm`; `a *:* rwm` is a group that allows by default.
    init(list: String) throws(SyscallError) {
        self.init()
        for line in list.utf8.split(separator: UInt8(ascii: "\n")) {
            let words = line.split(whereSeparator: { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: ":") }).map { String(Substring($0)) }
            guard words.count == 4 else { throw LimitWriter.invalid("devices.list has a line \(String(decoding: line, as: UTF8.self))") }
            if words[0] == "a" {
                self = DeviceRules.allowingEverything
                return
            }
            let subject = Subject(isBlock: words[0] == "b", major: UInt32(words[1]), minor: UInt32(words[2]))
            exceptions[subject, default: 0] |= try DeviceRules.access(words[3], "devices.list")
        }
    }

    /// What a new group of a parent without rules is.
    static let allowingEverything: DeviceRules = {
        var rules = DeviceRules()
        rules.allowsByDefault = true
        return rules
    }()

    /// The writes that lead from here to `target`, with as little change for what runs as can be: a device that is allowed
    /// before and after is never denied in between, unless the group allowed by default.
    func transition(to target: DeviceRules) -> [(file: String, rule: String)] {
        var writes: [(file: String, rule: String)] = []
        var old = exceptions
        if allowsByDefault || allowsByDefault != target.allowsByDefault {
            writes.append((target.allowsByDefault ? "devices.allow" : "devices.deny", "a"))
            old = [:]
        }
        let (without, with) = target.allowsByDefault ? ("devices.allow", "devices.deny") : ("devices.deny", "devices.allow")
        for (subject, access) in ordered where old[subject] != nil {
            let dropped = access & ~target.exceptions[subject, default: 0]
            if dropped != 0 { writes.append((without, DeviceRules.text(subject, dropped))) }
        }
        for (subject, access) in target.ordered {
            let gained = access & ~old[subject, default: 0]
            if gained != 0 { writes.append((with, DeviceRules.text(subject, gained))) }
        }
        return writes
    }
}
