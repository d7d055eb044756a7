// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// cp: which end is which, what names become, and whole copies against a daemon that keeps what it gets.

import Testing
import WharfArchive
import WharfDockerAPI
import WharfHTTP
import WharfLinux
import WharfTestKit

@testable import WharfCLI

@Suite struct CopyTests {
    @Test(
        "what is a container and what a path",
        arguments: [
            ("c:/p", "c", "/p"), ("c:", "c", ""), ("c:a:b", "c", "a:b"), ("/a:b", nil, "/a:b"), ("./a:b", nil, "./a:b"),
            ("plain", nil, "plain"), ("-", nil, "-"),
        ] as [(String, String?, String)])
    func place(_ text: String, _ container: String?, _ path: String) {
        let found = ContainerCopy.place(text)
        #expect(found.container == container && found.path == path)
    }

    @Test func paths() {
        #expect(CopyPath.base("/a/b/") == "b" && CopyPath.base("/a/.") == "." && CopyPath.base("/") == "/" && CopyPath.base("x") == "x")
        #expect(
            CopyPath.parent("/a/b/") == "/a" && CopyPath.parent("/a/.") == "/a" && CopyPath.parent("x") == "."
                && CopyPath.parent("/x") == "/")
        #expect(CopyPath.clean("/a//./b/../c/") == "/a/c" && CopyPath.clean("../x") == "../x" && CopyPath.clean("/..") == "/")
        #expect(CopyPath.absolute("/a/b/.") == "/a/b/." && CopyPath.absolute("/a/b/") == "/a/b/")
        #expect(CopyPath.rebased("/l", to: "/d") == ("/d", "l"))
        #expect(CopyPath.rebased("/l/.", to: "/d") == ("/d/.", nil))
    }

    /// Source, destination, where it is unpacked, and what the first name becomes.
    @Test(
        "docker's rules for names",
        arguments: [
            (CopyEnd(path: "/s/f", exists: true), CopyEnd(path: "/d", exists: true, isDirectory: true), "/d", "f"),
            (CopyEnd(path: "/s/f", exists: true), CopyEnd(path: "/d/x", exists: true), "/d", "x"),
            (CopyEnd(path: "/s/f", exists: true), CopyEnd(path: "/d/new"), "/d", "new"),
            (CopyEnd(path: "/s", exists: true, isDirectory: true), CopyEnd(path: "/d", exists: true, isDirectory: true), "/d", "s"),
            (CopyEnd(path: "/s", exists: true, isDirectory: true), CopyEnd(path: "/d/new"), "/d", "new"),
            (CopyEnd(path: "/s/.", exists: true, isDirectory: true), CopyEnd(path: "/d", exists: true, isDirectory: true), "/d", "."),
            (CopyEnd(path: "/s/.", exists: true, isDirectory: true), CopyEnd(path: "/d/new"), "/d", "new"),
        ])
    func plan(_ source: CopyEnd, _ target: CopyEnd, _ directory: String, _ name: String) throws {
        let plan = try CopyPlan(from: source, to: target)
        #expect(plan.directory == directory && plan.name(of: source) == name)
    }

    @Test("what docker refuses")
    func refusals() {
        let directory = CopyEnd(path: "/s", exists: true, isDirectory: true)
        let file = CopyEnd(path: "/s", exists: true)
        func refusal(_ source: CopyEnd, _ target: CopyEnd) -> String {
            do {
                _ = try CopyPlan(from: source, to: target)
                return ""
            } catch { return "\(error)" }
        }
        #expect(refusal(directory, CopyEnd(path: "/d", exists: true)) == "cannot copy directory")
        #expect(refusal(file, CopyEnd(path: "/d/")) == "no such directory")
    }

    private static func archive(_ names: [(String, String?)]) throws -> [UInt8] {
        let sink = ArraySink()
        let tar = TarWriter(sink)
        for (name, data) in names {
            if let data {
                try tar.append(TarEntry(Array(name.utf8)), data: Array(data.utf8))
            } else {
                try tar.append(TarEntry(Array(name.utf8), kind: .directory, permissions: 0o755))
            }
        }
        try tar.finish()
        return sink.bytes
    }

    @Test("out of a container, under the name that the destination says")
    func out() async throws {
        let bytes = try Self.archive([("d/", nil), ("d/f", "hi")])
        let stat = ContainerPathStat(name: "d", mode: ContainerPathStat.directory | 0o755)
        let engine = try await FakeEngine { _ in
            HTTPResponse(200, headers: [ContainerPathStat.header: stat.headerValue], content: .bytes(bytes))
        }
        #expect(await engine.run("cp", "c:/x/d", engine.path("new")).code == 0)
        #expect(try HostPath(engine.path("new/f")).read(limit: 10) == Array("hi".utf8))
        #expect(await engine.run("cp", "c:/x/d", engine.path("new")).code == 0)
        #expect(try HostPath(engine.path("new/d/f")).read(limit: 10) == Array("hi".utf8))
        #expect(await engine.run("cp", "c:/x/d", "-").out.utf8.count == bytes.count)
        let refused = await engine.run("cp", "c:/x/d", engine.path("new/f"))
        #expect(refused.code == 1 && refused.err == "cannot copy directory\n")
        #expect(await engine.run("cp", "c:/x/d", engine.path("none/there")).err.contains("invalid output path"))
        #expect(engine.calls.allSatisfy { $0.line == "GET /containers/c/archive?path=%2Fx%2Fd" })
    }

    @Test("into a container: where it goes is asked first")
    func into() async throws {
        let directory = ContainerPathStat(name: "tmp", mode: ContainerPathStat.directory | 0o755)
        let engine = try await FakeEngine { line in
            guard line.hasPrefix("HEAD") else { return HTTPResponse(200) }
            return line.contains("tmp")
                ? HTTPResponse(200, headers: [ContainerPathStat.header: directory.headerValue])
                : FakeEngine.json("", status: 404)
        }
        try HostPath(engine.path("src")).mkdir()
        try (HostPath(engine.path("src")) / "f").writeAtomically(Array("hi".utf8), durable: false)
        #expect(await engine.run("cp", engine.path("src"), "c:/tmp").code == 0)
        #expect(await engine.run("cp", "-a", engine.path("src/f"), "c:/other/g").code == 0)
        let puts = engine.calls.filter { $0.line.hasPrefix("PUT") }
        #expect(
            puts.map(\.line) == [
                "PUT /containers/c/archive?path=%2Ftmp&noOverwriteDirNonDir=true",
                "PUT /containers/c/archive?path=%2Fother&noOverwriteDirNonDir=true&copyUIDGID=true",
            ])
        #expect(puts[0].body.contains("src/f") && puts[1].body.contains("PaxHeaders/g"))
        #expect(await engine.run("cp", engine.path("src/none"), "c:/tmp").err.contains("no such file or directory"))
        #expect(await engine.run("cp", "-", "c:/file").err == "destination \"c:/file\" must be a directory\n")
        #expect(await engine.run("cp", "a", "b").err == "must specify at least one container source\n")
        #expect(await engine.run("cp", "a:x", "b:y").err == "copying between containers is not supported\n")
        #expect(await engine.run("cp", "", "b:y").err == "source can not be empty\n")
    }
}
