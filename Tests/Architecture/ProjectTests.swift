// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The rules over the project as it is. RuleTests shows that each of them can fail.

import Testing

@Suite("The house stands as drawn")
struct ProjectTests {
    @Test("what the manifest declares is in the table of arrows")
    func declaredArrows() throws {
        expectNone(ArrowRules.declared(try PackageDump.project().targets))
    }

    @Test("every row of the table is a target")
    func everyRowIsATarget() throws {
        let names = Set(try PackageDump.project().targets.map(\.name))
        #expect(AllowedArrows.table.keys.filter { !names.contains($0) } == [])
    }

    @Test("what the sources import is allowed and declared")
    func importedArrows() throws {
        expectNone(ArrowRules.imported(Project.sources, try PackageDump.project().targets))
    }

    @Test("no banned word outside its homes")
    func bannedWords() {
        expectNone(WordRules.banned(Project.sources))
    }

    @Test("homes of banned words exist")
    func homesExist() {
        let paths = Set(Project.sources.map(\.path))
        let homes = Set(BannedWords.all.flatMap(\.homes.keys))
        #expect(homes.subtracting(paths) == [])
    }

    @Test("an error is dropped only with a reason")
    func droppedErrors() {
        expectNone(WordRules.unexplained(Project.sources))
    }

    @Test("every file opens with the licence and its purpose")
    func headers() {
        expectNone(ShapeRules.header(Project.files))
    }

    @Test("files, functions and mains have a readable length")
    func lengths() throws {
        let listed = ShapeRules.listed(try Project.text(of: "scripts/long-files.txt"))
        expectNone(ShapeRules.fileLength(Project.files, listed: listed))
        expectNone(ShapeRules.functionLength(Project.swift))
        expectNone(ShapeRules.mains(Project.sources))
    }

    @Test("no notes to self")
    func notes() {
        expectNone(ShapeRules.notes(Project.files))
    }

    @Test("the links of the documents lead somewhere")
    func links() throws {
        expectNone(try DocumentRules.brokenLinks(in: Project.documents) { Project.exists($0) })
    }

    /// One issue per violation, so that the run shows them all.
    private func expectNone(_ violations: [Violation], sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(Project.sources.count > 30, "the sources were not found", sourceLocation: sourceLocation)
        for violation in violations { Issue.record("\(violation)", sourceLocation: sourceLocation) }
    }
}
