// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The options of a mount, sorted into attributes, propagation and parameters. A second reading by a plain table, from the
// last option to the first, must agree about every attribute: an option that is lost (`ro`, `nosuid`) is a hole.
//
//   input: options, one after the other, each ended by NUL

import WharfLinux
import WharfOCI
@testable import WharfRuntime

/// Option, the attribute that it is about, and whether it sets it.
private let attributes: [(String, MountAttributes, Bool)] = [
    ("ro", .readOnly, true), ("rw", .readOnly, false), ("nosuid", .noSetuid, true), ("suid", .noSetuid, false), ("nodev", .noDevices, true),
    ("dev", .noDevices, false), ("noexec", .noExec, true), ("exec", .noExec, false), ("nodiratime", .noDirectoryAccessTime, true),
    ("diratime", .noDirectoryAccessTime, false), ("nosymfollow", .noFollowSymlinks, true), ("symfollow", .noFollowSymlinks, false),
]
private let recursive: [(String, String, MountAttributes)] = [
    ("rro", "rrw", .readOnly), ("rnosuid", "rsuid", .noSetuid), ("rnodev", "rdev", .noDevices), ("rnoexec", "rexec", .noExec),
]

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzMounts(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    var input = FuzzInput(data, size)
    var options: [String] = []
    while !input.isEmpty { options.append(String(decoding: input.piece(), as: UTF8.self)) }
    let parsed = MountOptions(options)
    func equal(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }

    expect(parsed.set.isDisjoint(with: parsed.clear), "an attribute is both set and cleared: \(options)")
    for attribute in [MountAttributes.readOnly, .noSetuid, .noDevices, .noExec, .noDirectoryAccessTime, .noFollowSymlinks] {
        let last = options.reversed().lazy.compactMap { option in attributes.first { equal($0.0, option) && $0.1 == attribute } }.first
        expect(parsed.set.contains(attribute) == (last?.2 ?? false), "\(attribute) of \(options): \(parsed)")
        expect(parsed.clear.contains(attribute) == (last.map { !$0.2 } ?? false), "\(attribute) of \(options): \(parsed)")
    }
    for (option, opposite, attribute) in recursive {
        let last = options.last { equal($0, option) || equal($0, opposite) }
        expect(parsed.recursiveSet.contains(attribute) == (last.map { equal($0, option) } ?? false), "\(option) of \(options): \(parsed)")
    }
    expect(parsed.isBind == options.contains { equal($0, "bind") || equal($0, "rbind") }, "bind of \(options): \(parsed)")
    // What is left over is given to the file system byte for byte, in order.
    let known = parsed.data.filter { word in attributes.contains { equal($0.0, word) } || recursive.contains { equal($0.0, word) } }
    expect(known.isEmpty, "attributes among the parameters: \(known)")
    expect(parsed.parameters.count >= parsed.data.count, "parameters of \(options)")
    var rest = options[...]
    for word in parsed.data {
        while let next = rest.first, !equal(next, word) { rest = rest.dropFirst() }
        expect(!rest.isEmpty, "a parameter from nowhere: \(word)")
        rest = rest.dropFirst()
    }
    // The same options twice mean the same.
    let twice = MountOptions(options + options)
    expect(twice.set == parsed.set && twice.clear == parsed.clear && twice.recursiveSet == parsed.recursiveSet, "\(options) twice")
    return 0
}
