// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// An OCI runtime that is a program somewhere: what the escape suite attacks. Three are known to it: wharf-runtime, which
// must hold; a stand-in that trusts every path and must not (it proves that a case can fail); and whatever program
// WHARF_ESCAPE_RUNTIME names, so that the same cases can be counted on others.

import Foundation
import WharfLinux
import WharfTestKit

/// A runtime's command line.
struct EscapeRuntime: Sendable, CustomStringConvertible {
    /// Who it is; what a case expects depends on it.
    enum Kind: Sendable, Hashable { case wharf, naive, other }

    let kind: Kind
    /// The words before the verb, without `--root`.
    let command: [String]
    /// The file that a container must never be able to change: a private copy, so that a hole harms nobody.
    let file: String
    private let environment: [String: String]
    private let keeper: TemporaryDirectory

    var description: String { kind == .other ? command[0] : "\(kind)" }

    /// A private copy of the runtime.
    static func make(_ kind: Kind) throws -> EscapeRuntime {
        let keeper = try TemporaryDirectory("runtime")
        let file = keeper.path("program")
        switch kind {
        case .wharf:
            try copyProgram(Programs.runtime, to: .init(file))
            return EscapeRuntime(kind: kind, command: [file], file: file, environment: [:], keeper: keeper)
        case .other:
            try copyProgram(other ?? "/usr/sbin/runc", to: .init(file))
            return EscapeRuntime(kind: kind, command: [file], file: file, environment: [:], keeper: keeper)
        case .naive:
            try copyProgram("/usr/bin/python3", to: .init(file))
            return EscapeRuntime(
                kind: kind, command: [file, Programs.project + "/Tests/Escape/naive-runtime.py"], file: file,
                environment: ["PYTHONHOME": "/usr"], keeper: keeper)
        }
    }

    /// The program that WHARF_ESCAPE_RUNTIME names.
    static let other = ProcessInfo.processInfo.environment["WHARF_ESCAPE_RUNTIME"]

    /// How often a race is tried: few in `make test`, 10,000 by hand (WHARF_ESCAPE_COUNT).
    static let races = Int(ProcessInfo.processInfo.environment["WHARF_ESCAPE_COUNT"] ?? "") ?? 25

    /// Whether the runtimes can be run at all.
    static var isAvailable: Bool {
        geteuid() == 0 && FileManager.default.isExecutableFile(atPath: Programs.runtime)
            && ["/bin/busybox", "/usr/bin/busybox"].contains { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Whether the stand-in can be run.
    static var hasNaive: Bool { FileManager.default.isExecutableFile(atPath: "/usr/bin/python3") }

    /// Whole words of a call, for a program that wraps it.
    func words(_ arguments: [String]) -> [String] { command + ["--root", stateFolder] + arguments }

    /// Where it keeps what it knows of containers.
    var stateFolder: String { keeper.path("state") }

    /// Calls it. `wrapper` are words that stand in front: `strace -f`, `setpriv --groups 4242`.
    func call(
        _ arguments: [String], wrapper: [String] = [], stdin: [UInt8]? = nil, deadline: Duration = .seconds(20)
    ) async throws -> CommandResult {
        let words = wrapper + words(arguments)
        return try await CommandLine.run(
            words[0], Array(words.dropFirst()), stdin: stdin, environment: environment.merging(["LEAK": "no"]) { $1 }, deadline: deadline)
    }

    /// Calls it with its streams in files, for verbs that leave a process behind which keeps them.
    func quiet(_ arguments: [String], _ bundle: EscapeBundle, wrapper: [String] = []) async throws -> CommandResult {
        let file = bundle.temporary.path("said")
        return try await call(
            arguments,
            wrapper: [
                "/bin/sh", "-c",
                "\"$@\" </dev/null >\(file).out 2>\(file).err; code=$?; head -c 100000 \(file).out; head -c 100000 \(file).err >&2; exit $code",
                "sh",
            ]
                + wrapper)
    }

    /// Starts it beside the test.
    func start(_ arguments: [String]) throws -> ChildProcess {
        try ChildProcess(words(arguments), streams: .pipes, environment: environment)
    }

    /// The bytes of its own file, for comparison.
    func fingerprint() throws -> String {
        BusyboxImage.digest(Array(try Data(contentsOf: URL(fileURLWithPath: file))))
    }
}
