// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The escape suite (RT-01 to RT-21 of docs/security.md): each case is an attack on an OCI runtime that is a program. Ours
// must hold; a stand-in that trusts what it is given must not, so that a case that could never fail is noticed.

import Foundation
import Testing
import WharfTestKit

/// One attack.
struct EscapeCase: Sendable, CustomTestStringConvertible {
    /// `RT-04`.
    let id: String
    let name: String
    /// Whether the stand-in falls for it. A case that is false here says in docs/security.md what shows that it can fail.
    let provable: Bool
    /// Whether the attacker must be at the right place at the right time.
    let isRace: Bool
    /// What got out; nil when the runtime held. Throws when the attack could not be made.
    let attack: @Sendable (EscapeRuntime) async throws -> String?

    init(
        _ id: String, _ name: String, provable: Bool = true, isRace: Bool = false,
        attack: @escaping @Sendable (EscapeRuntime) async throws -> String?
    ) {
        self.id = id
        self.name = name
        self.provable = provable
        self.isRace = isRace
        self.attack = attack
    }

    var testDescription: String { "\(id): \(name)" }

    /// All of them, or those whose numbers WHARF_ESCAPE_CASES lists (`RT-06,RT-10`).
    static let all =
        (descriptors + kernelTrees + devices + mounts + races + process + users + kernelParameters + groups + systemCalls)
        .filter { one in chosen.isEmpty || chosen.contains(one.id[...]) }

    private static let chosen = (ProcessInfo.processInfo.environment["WHARF_ESCAPE_CASES"] ?? "").split(separator: ",")
}

extension Integration {
    @Suite("Escapes from a runtime", .enabled(if: EscapeRuntime.isAvailable, "needs root, busybox and the static wharf-runtime"))
    struct EscapeTests {
        @Test("a container that does nothing wrong runs", arguments: [EscapeRuntime.Kind.wharf, .naive])
        func control(kind: EscapeRuntime.Kind) async throws {
            guard kind == .wharf || EscapeRuntime.hasNaive else { return }
            let bundle = try await EscapeBundle()
            let runtime = try EscapeRuntime.make(kind)
            let result = try await bundle.run(runtime, "echo \(EscapeBundle.ran); ls /bin/busybox /dev/null /proc/self/exe")
            #expect(result.lines == [EscapeBundle.ran, "/bin/busybox", "/dev/null", "/proc/self/exe"], "\(result)")
            #expect(result.exitCode == 0)
            #expect(try bundle.touched() == nil)
            if kind == .naive { return }
            let (made, said) = try await EscapeCase.atTerminal(runtime, bundle, script: "tty; echo \(EscapeBundle.ran)")
            #expect(said?.contains("/dev/pts/0") == true && said?.contains(EscapeBundle.ran) == true, "\(made): \(said ?? "")")
        }

        @Test("the runtime holds", arguments: EscapeCase.all)
        func holds(escape: EscapeCase) async throws {
            let finding = try await escape.attack(EscapeRuntime.make(.wharf))
            #expect(finding == nil, "\(escape.id) \(escape.name)")
        }

        @Test(
            "the stand-in does not: the case can fail", .enabled(if: EscapeRuntime.hasNaive, "needs python3"),
            arguments: EscapeCase.all.filter(\.provable))
        func canFail(escape: EscapeCase) async throws {
            var finding: String?
            // A race against the stand-in is lost now and then, above all on a busy machine.
            for _ in 0..<(escape.isRace ? 20 : 1) where finding == nil { finding = try await escape.attack(EscapeRuntime.make(.naive)) }
            #expect(finding != nil, "\(escape.id) \(escape.name)")
        }

        @Test(
            "another runtime, for comparison", .enabled(if: EscapeRuntime.other != nil, "WHARF_ESCAPE_RUNTIME names one"),
            arguments: EscapeCase.all)
        func other(escape: EscapeCase) async throws {
            let finding = try await escape.attack(EscapeRuntime.make(.other))
            #expect(finding == nil, "\(escape.id) \(escape.name)")
        }
    }
}
