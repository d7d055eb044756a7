// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a list of device rules means, as version 1's kernel code means it: everything is denied or allowed, with
// exceptions. Both versions start from this, so that a list does the same on each.

import WharfLinux
import WharfOCI

/// The state that a list of rules leads to.
///
/// - A rule of type `a` starts anew. One that allows must be for everything; with numbers or less than `rwm` it
///   counts for `b` and `c` each, because it would open more than it says.
/// - Any other rule adds an exception, or takes its permissions from the exception with the same numbers.
/// - To take something out of an exception with a wildcard is an error: the kernel would leave it open in silence.
struct DeviceRules: Equatable {
    /// What an exception is for; nil is any number.
    struct Subject: Hashable {
        var isBlock: Bool
        var major: UInt32?
        var minor: UInt32?
    }

    /// `m` 1, `r` 2, `w` 4, as the kernel counts them.
    typealias Access = UInt8
    static let fullAccess: Access = 7

    /// What happens without an exception.
    var allowsByDefault = false
    /// What is the other way round.
    var exceptions: [Subject: Access] = [:]

    init() {}

    init(_ rules: [RuntimeSpec.DeviceRule]) throws(SyscallError) {
        for (index, rule) in rules.enumerated() {
            let field = "linux.resources.devices[\(index)]"
            let access = try DeviceRules.access(rule.access, field)
            let major = try DeviceRules.number(rule.major, "\(field).major")
            let minor = try DeviceRules.number(rule.minor, "\(field).minor")
            switch rule.type {
            case "", "a":
                let isEverything = major == nil && minor == nil && access == DeviceRules.fullAccess
                if isEverything || !rule.allow {
                    (allowsByDefault, exceptions) = (rule.allow, [:])
                } else {
                    for isBlock in [true, false] { try add(Subject(isBlock: isBlock, major: major, minor: minor), access, allow: true) }
                }
            case "b", "c": try add(Subject(isBlock: rule.type == "b", major: major, minor: minor), access, allow: rule.allow)
            default: throw LimitWriter.invalid("\(field).type \"\(rule.type)\" is none of a, b, c")
            }
        }
    }

    /// One rule that is no new start.
    private mutating func add(_ subject: Subject, _ access: Access, allow: Bool) throws(SyscallError) {
        if allow != allowsByDefault {
            exceptions[subject, default: 0] |= access
            return
        }
        for (major, minor) in [(nil, subject.minor), (subject.major, nil), (nil, nil)] {
            let wider = Subject(isBlock: subject.isBlock, major: major, minor: minor)
            if wider != subject && exceptions[wider, default: 0] & access != 0 {
                throw LimitWriter.invalid(
                    "device rule \(DeviceRules.text(subject, access)): can't make a hole in the rule \(DeviceRules.text(wider, exceptions[wider, default: 0]))"
                )
            }
        }
        let left = exceptions[subject, default: 0] & ~access
        exceptions[subject] = left == 0 ? nil : left
    }

    /// The exceptions in an order that is always the same: by numbers, any before all others, then by type.
    var ordered: [(subject: Subject, access: Access)] {
        exceptions.map { ($0.key, $0.value) }.sorted { DeviceRules.key($0.0) < DeviceRules.key($1.0) }
    }

    private static func key(_ subject: Subject) -> (major: Int64, minor: Int64, type: Int) {
        (subject.major.map { Int64($0) } ?? -1, subject.minor.map { Int64($0) } ?? -1, subject.isBlock ? 0 : 1)
    }

    // MARK: Words

    /// `c 1:3 rwm`
    static func text(_ subject: Subject, _ access: Access) -> String {
        var text = subject.isBlock ? "b " : "c "
        if let major = subject.major { text += String(major) } else { text += "*" }
        text += ":"
        if let minor = subject.minor { text += String(minor) } else { text += "*" }
        text += " "
        if access & 2 != 0 { text += "r" }
        if access & 4 != 0 { text += "w" }
        if access & 1 != 0 { text += "m" }
        return text
    }

    static func access(_ text: String, _ field: String) throws(SyscallError) -> Access {
        var access: Access = 0
        for letter in text.utf8 {
            switch letter {
            case UInt8(ascii: "m"): access |= 1
            case UInt8(ascii: "r"): access |= 2
            case UInt8(ascii: "w"): access |= 4
            default: throw LimitWriter.invalid("\(field).access \"\(text)\" has other letters than rwm")
            }
        }
        if access == 0 { throw LimitWriter.invalid("\(field).access is empty") }
        return access
    }

    /// nil and -1 are any number.
    private static func number(_ value: Int64?, _ field: String) throws(SyscallError) -> UInt32? {
        guard let value, value != -1 else { return nil }
        guard let number = UInt32(exactly: value) else { throw LimitWriter.invalid("\(field) \(value) is no device number") }
        return number
    }
}
