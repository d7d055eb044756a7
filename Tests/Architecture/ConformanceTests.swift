// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// docs/conformance.md is kept true: what is published has a row, and what a row says is so.

import Testing

@Suite("The conformance page is true")
struct ConformanceTests {
    private static let spec = Project.sources.filter {
        $0.path.hasPrefix("Sources/Formats/WharfOCI/RuntimeSpec") || $0.path == "Sources/Formats/WharfOCI/Mount.swift"
    }
    private static let checks = Project.sources.filter { $0.path.hasPrefix("Sources/Runtime/WharfRuntime/SpecCheck") }

    @Test("every published member has a row")
    func complete() throws {
        #expect(RuntimeSpecMembers.paths.count > 200)
        expectNone(ConformanceRules.missing(RuntimeSpecMembers.paths, in: ConformanceRules.rows(of: try page())))
    }

    @Test("what a row says, the code does")
    func states() throws {
        #expect(Self.spec.count > 4 && !Self.checks.isEmpty)
        expectNone(ConformanceRules.untrue(ConformanceRules.rows(of: try page()), spec: Self.spec, checks: Self.checks))
    }

    @Test("the suites that it names are there")
    func suites() throws {
        expectNone(ConformanceRules.unknownSuites(try page(), tests: Project.swift.filter { $0.path.hasPrefix("Tests/") }))
    }

    @Test("the rules find a missing row, a false state and an invented suite")
    func rulesCanFail() {
        let text =
            "| process.user | `uid` `gid` | supported | `NoSuchTests` | |\n| linux | `rdt` | refused | | |\n| linux | `maps` | supported | | a, b |"
        let rows = ConformanceRules.rows(of: text)
        #expect(rows.count == 3)
        let missing = ConformanceRules.missing(
            ["process", "process.user.uid", "process.user.umask", "linux.rdt.id", "linux.maps.a", "linux.maps.c"], in: rows)
        #expect(missing.map(\.message) == ["has no row for process.user.umask", "has no row for linux.maps.c"])
        let spec = [SourceFile(path: "a", text: "read(\"uid\") read(\"maps\")")]
        #expect(ConformanceRules.untrue(rows, spec: spec, checks: []).map(\.line) == [1, 2])
        #expect(ConformanceRules.unknownSuites(text, tests: []).count == 1)
    }

    private func page() throws -> String { try Project.text(of: ConformanceRules.page) }

    private func expectNone(_ violations: [Violation]) {
        for violation in violations { Issue.record("\(violation)") }
    }
}
