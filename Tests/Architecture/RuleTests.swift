// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Each rule against a sample that breaks it and one that doesn't: a check that can't fail proves nothing.

import Testing

@Suite("The rules can fail")
struct RuleTests {
    private func file(_ path: String, _ text: String) -> SourceFile { SourceFile(path: path, text: text) }

    private func shim(_ text: String) -> [SourceFile] { [file("Sources/Runtime/WharfShim/Sample.swift", text)] }

    private func target(_ name: String, _ folder: String, _ dependencies: [String]) -> PackageDump.Target {
        PackageDump.Target(name: name, type: "regular", path: "Sources/\(folder)/\(name)", dependencies: dependencies)
    }

    // MARK: Arrows

    @Test("a declared arrow that the table lacks is found")
    func declaredArrow() {
        #expect(ArrowRules.declared([target("WharfCLI", "Client", ["WharfClient", "WharfError"])]).isEmpty)
        #expect(ArrowRules.declared([target("WharfCLI", "Client", ["WharfEngine"])]).count == 1)
        #expect(ArrowRules.declared([target("WharfShim", "Runtime", ["Logging"])]).count == 1)
    }

    @Test("a target without a row, or with an empty name, is found")
    func unknownTarget() {
        #expect(ArrowRules.declared([target("WharfSwarm", "Host", [])]).count == 1)
        #expect(ArrowRules.declared([target("WharfUtils", "Host", [])]).count == 2)
    }

    @Test("an import that is not allowed, or not declared, is found", arguments: ["import", "public import", "@testable import"])
    func importedArrow(keyword: String) {
        let declared = [target("WharfShim", "Runtime", ["WharfLinux", "NIOCore"])]
        #expect(ArrowRules.imported(shim("import Glibc\n\(keyword) WharfLinux\n"), declared).isEmpty)
        #expect(ArrowRules.imported(shim("\(keyword) NIOCore\n"), declared).map(\.message) == ["WharfShim may not import NIOCore"])
        #expect(ArrowRules.imported(shim("\(keyword) struct WharfOCI.Mount\n"), declared).count == 1)
    }

    @Test("Foundation is refused, the small one only in the lower rooms")
    func foundation() {
        let engine = { (text: String) in [self.file("Sources/Host/WharfEngine/Sample.swift", text)] }
        let declared = [target("WharfEngine", "Host", [])]
        #expect(ArrowRules.imported(engine("import Foundation\n"), declared).count == 1)
        #expect(ArrowRules.imported(engine("import FoundationEssentials\n"), declared).isEmpty)
        #expect(ArrowRules.imported(shim("import FoundationEssentials\n"), declared).count == 1)
        #expect(ArrowRules.imported([file("Sources/Storage/WharfSQLite/S.swift", "import Foundation\n")], []).isEmpty)
        #expect(ArrowRules.imported([file("Sources/Storage/WharfArchive/S.swift", "import Foundation\n")], []).count == 1)
    }

    @Test("the dump's three ways to write a dependency are read")
    func dump() throws {
        let json = """
            {"targets":[{"name":"A","type":"regular","path":"Sources/X/A","dependencies":
            [{"byName":["B",null]},{"target":["C",null]},{"product":["D","pkg",null,null]}]}]}
            """
        #expect(
            try PackageDump(json: Array(json.utf8)).targets == [
                .init(name: "A", type: "regular", path: "Sources/X/A", dependencies: ["B", "C", "D"])
            ])
    }

    // MARK: Words

    @Test(
        "a banned word is found in code",
        arguments: [
            "let d = JSONDecoder()", "FileManager.default.x()", "let p = Process()", "try! x()", "x as! Int", "fatalError(\"no\")",
            "Thread.sleep(1)", "usleep(10)", "Task.detached { }", "DispatchQueue.main", "fopen(a, b)", "getpwnam(a)",
            "let a = String(contentsOf: b)", "Glibc.open(path, O_RDONLY)", "open(path, Int32(O_RDWR))", "chmod(path, 0)",
            "mount(a, b, c, 0, nil)", "\"\\(try! x())\"",
            "await x()",
        ])
    func banned(code: String) {
        #expect(WordRules.banned(shim("func f() {\n    \(code)\n}\n")).map(\.line) == [2])
    }

    @Test(
        "a word in a comment, a text, a method or a name is no use of it",
        arguments: [
            "// JSONDecoder, try! x()", "/* FileManager /* nested */ still */", "\"fatalError(\"", "#\"mount(\"#",
            "\"\"\"\n  try! open(\n\"\"\"",
            "root.open(path)", "func open(path: Int) {}", "self.mount(x)", "case mount(Int)", "let processes = 1", "reopen(x)", "try !x()",
            "y as !x", "open(digest)", "func mount(_ a: Int) {}; mount(x)",
        ])
    func innocent(code: String) {
        #expect(WordRules.banned(shim("\(code)\n")).isEmpty)
    }

    @Test("a home may use its word, others may not, and synchronous rooms only are held to be so")
    func homes() {
        #expect(WordRules.banned([file("Sources/Kernel/WharfLinux/RootFD.swift", "mkdir(x, 0)")]).isEmpty)
        #expect(WordRules.banned([file("Sources/Kernel/WharfLinux/Other.swift", "mkdir(x, 0)")]).count == 1)
        #expect(WordRules.banned([file("Sources/Host/WharfEngine/Sample.swift", "await x()")]).isEmpty)
    }

    @Test("an error that is dropped without a reason is found")
    func droppedError() {
        #expect(WordRules.unexplained(shim("let a = 1\n\n\n\n\nlet b = try? x()\n")).map(\.line) == [6])
        #expect(WordRules.unexplained(shim("let b = try? x()  // clean-up: nobody is left to tell\n")).isEmpty)
        #expect(WordRules.unexplained(shim("// clean-up\nlet b = try? x()\n")).isEmpty)
    }

    // MARK: Shape

    private let header = "// SPDX-License-Identifier: Apache-2.0\n// SPDX-FileCopyrightText: The Wharf authors\n"

    @Test("a missing header or purpose is found")
    func missingHeader() {
        #expect(ShapeRules.header(shim("\(header)//\n// The loop.\n")).isEmpty)
        #expect(ShapeRules.header(shim("import Glibc\n")).count == 1)
        #expect(ShapeRules.header(shim("\(header)\nimport Glibc\n")).map(\.line) == [3])
    }

    @Test("a long file is found unless it is listed, and a stale line of the list is found")
    func longFile() {
        let long = shim(String(repeating: "\n", count: ShapeRules.maximumFile + 1))
        #expect(ShapeRules.fileLength(long, listed: []).count == 1)
        #expect(ShapeRules.fileLength(long, listed: ["Sources/Runtime/WharfShim/Sample.swift"]).isEmpty)
        #expect(ShapeRules.fileLength(shim("\n"), listed: ["Sources/Runtime/WharfShim/Sample.swift"]).count == 1)
        #expect(ShapeRules.listed("# words\nSources/A.swift the table of errno\nSources/B.swift\n") == ["Sources/A.swift"])
    }

    @Test("a long function is found, whatever stands in its signature")
    func longFunction() {
        let body = String(repeating: "    x()\n", count: ShapeRules.maximumFunction)
        let signature = "func f<T>(_ a: T, _ b: () -> Int = { 1 }) throws(E) -> [Int] where T: P {\n"
        #expect(ShapeRules.functionLength(shim(signature + body + "}\n")).map(\.line) == [1])
        #expect(ShapeRules.functionLength(shim("init(a: Int) {\n" + body + "}\n")).count == 1)
        #expect(ShapeRules.functionLength(shim("protocol P {\n  func a() -> Int\n  func b()\n}\nlet x = {\n" + body + "}\n")).isEmpty)
    }

    @Test("a long main is found")
    func longMain() {
        let main = file("Sources/Host/wharfd/main.swift", String(repeating: "\n", count: ShapeRules.maximumMain + 1))
        #expect(ShapeRules.mains([main]).count == 1)
        #expect(ShapeRules.mains(shim(main.text)).isEmpty)
    }

    @Test("a note to self is found")
    func note() {
        #expect(ShapeRules.notes(shim("// TO" + "DO: later\n")).map(\.line) == [1])
        #expect(ShapeRules.notes(shim("// later\n")).isEmpty)
    }

    @Test("a link that leads nowhere is found")
    func brokenLink() throws {
        let page = [
            file("docs/page.md", "see [a](other.md#part), [b](../README.md), [c](https://example.org) and `Sources/Host/X.swift`\n")
        ]
        #expect(try DocumentRules.brokenLinks(in: page) { _ in true }.isEmpty)
        let there: Set<String> = ["docs/other.md"]
        #expect(try DocumentRules.brokenLinks(in: page) { there.contains($0) }.count == 2)
    }
}
