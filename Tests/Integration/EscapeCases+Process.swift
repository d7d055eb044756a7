// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// RT-12, RT-14, RT-15, RT-16, RT-18: who a process is and what it may, whatever the spec and the image say about it.

import Foundation
import WharfLinux
import WharfOCI
import WharfTestKit

extension EscapeCase {
    static let process: [EscapeCase] =
        ["root", "a user"].flatMap { who in [false, true].map { capabilities(who, exec: $0) } } + [callersGroups, giantMessages]

    /// Nothing inheritable, nothing ambient, unless the spec says so.
    private static func capabilities(_ who: String, exec: Bool) -> EscapeCase {
        // The kernel itself clears what a change of user leaves.
        EscapeCase("RT-12", "inheritable and ambient capabilities of \(who), \(exec ? "exec" : "run")", provable: who == "root") {
            runtime in
            var bundle = try await EscapeBundle()
            let script = "grep -E '^Cap(Inh|Amb)' /proc/self/status"
            func finding(_ result: CommandResult) throws -> String? {
                let sets = result.lines.compactMap { $0.split(whereSeparator: \.isWhitespace).last }
                guard sets.count == 2 else { throw TestFailure("\(result)") }
                return sets.allSatisfy { $0 == "0000000000000000" } ? nil : "\(result.lines)"
            }
            guard exec else {
                if who != "root" { bundle.spec.process.user = .init(uid: 1000, gid: 1000) }
                return try finding(await bundle.run(runtime, script))
            }
            return try await withRunning(runtime, bundle) { bundle in
                let options = who == "root" ? [] : ["--user", "1000"]
                return try finding(await runtime.call(["exec"] + options + [bundle.name, "sh", "-c", script]))
            }
        }
    }

    /// The groups of whoever calls the runtime are not the container's.
    private static let callersGroups = EscapeCase("RT-14", "supplementary groups of the runtime's caller") { runtime in
        var bundle = try await EscapeBundle()
        bundle.spec.process.user = .init(uid: 1000, gid: 1000)
        let result = try await bundle.run(
            runtime, "id -G", wrapper: ["/usr/bin/setpriv", "--groups", "4242,4243"])
        if result.exitCode != 0 { throw TestFailure("\(result)") }
        return result.out.contains("424") ? "groups \(result.out)" : nil
    }

    /// Fields as long as they come: cut nowhere, wrapped nowhere, and never the runtime's end.
    private static let giantMessages = EscapeCase("RT-16", "fields of 64 kB to 2 MB", provable: false) { runtime in
        let long = String(repeating: "a", count: 70_000)
        let changes: [(String, String)] = [
            ("hostname", "\"\(long)\""), ("linux/cgroupsPath", "\"/\(long)\""), ("linux/namespaces/1/path", "\"/\(long)\""),
            ("process/cwd", "\"/\(long)\""), ("process/args", "[\"echo\",\"\(String(repeating: "b", count: 2 << 20))\"]"),
            ("process/env", "[\"A=\(String(repeating: "c", count: 2 << 20))\"]"), ("linux/mountLabel", "\"\(long)\""),
            ("root/path", "\"\(long)\""), ("linux/rootfsPropagation", "\"\(long)\""),
            ("process/args", "[" + Array(repeating: "\"x\"", count: 300_000).joined(separator: ",") + "]"),
            ("process/user/additionalGids", "[" + (1...70_000).map(String.init).joined(separator: ",") + "]"),
            ("linux/maskedPaths", "[\"/\(long)\"]"), ("linux/sysctl", "{\"net.\(long)\":\"1\"}"),
        ]
        for (path, json) in changes {
            var bundle = try await EscapeBundle()
            bundle.overrides = [(path, json)]
            let result = try await bundle.run(runtime, path == "process/args" || path == "process/env" ? nil : "echo \(EscapeBundle.ran)")
            if result.exitCode > 128 || (result.exitCode != 0 && result.err.isEmpty) { return "\(path): \(result.exitCode)" }
            // An error is for people: it must not be as long as what it is about.
            if result.err.utf8.count > 16_384 { return "\(path): an error of \(result.err.utf8.count) bytes" }
        }
        return nil
    }

    static let users: [EscapeCase] = strangeNumbers.map(strangeUser) + preparedFiles

    /// Text that is no user, and what it would be for a careless reader: root.
    private static let strangeNumbers = [
        "4294967296", "8589934592", "18446744073709551616", "+0", " 0", "0 ", "00000000000000000000000000000004294967296", "0x0", "0b0",
        "0\n", "\t0", "0_0", "-0", "-4294967296", "4294967296:0", "٠", "０", "0.0", "0e0", "ro\u{301}ot", "root\u{200d}", "ROOT", "root\0x",
        "roo\u{1F}t", ":", "::", "root:nobody-has-it", "0:4294967296", "0:-1", "0:+0",
    ]

    private static func strangeUser(_ user: String) -> EscapeCase {
        // What the stand-in reads as a number is only a part of them; groups it does not read at all.
        let fooled = [
            "4294967296", "8589934592", "18446744073709551616", "+0", " 0", "0 ", "0\n", "\t0", "0_0", "-0", "-4294967296", "٠", "０",
            "00000000000000000000000000000004294967296",
        ]
        return EscapeCase("RT-15", "the user \(user.debugDescription)", provable: fooled.contains(user)) { runtime in
            var bundle = try await EscapeBundle()
            bundle.spec.process.user = .init(username: user)
            // An empty user part is Docker's way to say root; it is no text that is taken for a number.
            if user.utf8.first == UInt8(ascii: ":") { return try await emptyUser(runtime, bundle) }
            // Only a program that knows `username` can be fooled by it.
            if runtime.kind == .other { return nil }
            return try await bundle.mustNotRun(runtime, "the user \(user.debugDescription)")
        }
    }

    private static func emptyUser(_ runtime: EscapeRuntime, _ bundle: EscapeBundle) async throws -> String? {
        let result = try await bundle.run(runtime, "id -u")
        if result.exitCode != 0 { return try bundle.refused(result) }
        return result.out == "0" ? nil : "it became \(result.out)"
    }

    /// passwd files that hang, fill memory or hide lines.
    private static let preparedFiles: [EscapeCase] = ["fifo", "endless", "sparse", "lines", "folder", "device"].map { trick in
        EscapeCase("RT-18", "/etc/passwd of the image is: \(trick)", provable: trick == "fifo" || trick == "lines") { runtime in
            var bundle = try await EscapeBundle()
            try bundle.root.unlink("etc/passwd")
            switch trick {
            case "fifo": try bundle.root.mknod("etc/passwd", kind: .fifo, permissions: 0o644)
            case "endless": try bundle.root.symlink("/dev/zero", at: "etc/passwd")
            case "sparse": try bundle.root.create("etc/passwd", permissions: 0o644).truncate(to: 5 << 30)
            case "folder": try bundle.root.mkdir("etc/passwd", permissions: 0o755)
            case "device":
                try bundle.root.mknod(
                    "etc/passwd", kind: .characterDevice, permissions: 0o644, device: DeviceNumber(major: 1, minor: 5))
            default:
                let line = "sailor\0:x:0:0::/:\n"
                try bundle.write(
                    "etc/passwd", String(repeating: line, count: 200_000) + "sailor:x:0:0:\0:/:\n" + String(repeating: line, count: 400_000)
                )
            }
            bundle.spec.process.user = .init(username: "sailor")
            if runtime.kind == .other { return nil }
            let started = ContinuousClock.now
            do {
                let result = try await bundle.run(runtime, "echo \(EscapeBundle.ran)", deadline: .seconds(runtime.kind == .naive ? 2 : 20))
                if result.out.contains(EscapeBundle.ran) { return "the container ran" }
                return try bundle.refused(result)
            } catch let error as TestFailure where ContinuousClock.now - started > .seconds(1) {
                return "it hangs: \(error)"
            }
        }
    }
}
