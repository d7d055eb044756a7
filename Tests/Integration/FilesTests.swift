// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Files of real containers: cp both ways by docker's client and ours, stopped and running, with binds, with links that try to
// lead out, and with names that are exchanged meanwhile; export and diff.

import Foundation
import Testing
import WharfJSON
import WharfTestKit

extension Integration {
    @Suite("Files", .containers, .daemon)
    struct FilesTests {
        let daemon: DaemonFixture

        init() throws { daemon = try theDaemon() }

        private func running(_ script: String, _ options: [String] = []) async throws -> String {
            let name = unique("files")
            try await daemon.run(
                .docker,
                ["run", "-d", "--name", name, "--network", "none"] + options + ["busybox", "sh", "-c", "\(script); echo ready; sleep 1000"]
            )
            .expecting()
            try await eventually("the script ran") { try await daemon.docker("logs", name).out.contains("ready") }
            return name
        }

        @Test("cp in and out of a container that runs and of one that does not", arguments: Client.tested)
        func bothWays(client: Client) async throws {
            let folder = try TemporaryDirectory("cp")
            try folder.write("in", Array("hello".utf8))
            let name = try await running("mkdir /d; echo f >/d/f; ln -s d /l")
            for _ in 0..<2 {
                try await daemon.run(client, ["cp", folder.path("in"), "\(name):/d/"]).expecting()
                try await daemon.run(client, ["cp", folder.path("in"), "\(name):/d/other"]).expecting()
                try await daemon.run(client, ["cp", "\(name):/d", folder.path("out")]).expecting()
                for file in ["in", "other"] {
                    #expect(try String(contentsOfFile: folder.path("out/\(file)"), encoding: .utf8) == "hello")
                }
                try FileManager.default.removeItem(atPath: folder.path("out"))
                try await daemon.run(client, ["cp", "-L", "\(name):/l", folder.path("followed")]).expecting()
                #expect(try String(contentsOfFile: folder.path("followed/f"), encoding: .utf8) == "f\n")
                try FileManager.default.removeItem(atPath: folder.path("followed"))
                try await daemon.docker("stop", "-t", "0", name)
            }
            let missing = try await daemon.run(client, ["cp", "\(name):/none", folder.path("x")])
            #expect(missing.exitCode == 1 && missing.err.contains("Could not find the file /none in container \(name)"), "\(missing)")
            let gone = try await daemon.run(client, ["cp", "\(unique("gone")):/x", folder.path("x")])
            #expect(gone.exitCode == 1 && gone.err.contains("No such container"), "\(gone)")
            try await daemon.docker("rm", "-f", name)
        }

        @Test("a container that never ran takes files, in its binds too, and has them when it starts")
        func created() async throws {
            let folder = try TemporaryDirectory("cp")
            try folder.write("f", Array("new".utf8))
            try FileManager.default.createDirectory(atPath: folder.path("bound"), withIntermediateDirectories: false)
            let name = unique("created")
            try await daemon.docker(
                "create", "--name", name, "--network", "none", "-v", "\(folder.path("bound")):/b", "busybox", "cat", "/f", "/b/f")
            try await daemon.docker("cp", folder.path("f"), "\(name):/f")
            try await daemon.docker("cp", folder.path("f"), "\(name):/b/f")
            #expect(try String(contentsOfFile: folder.path("bound/f"), encoding: .utf8) == "new")
            #expect(try await daemon.docker("start", "-a", name).out == "newnew")
            try await daemon.docker("rm", name)
        }

        @Test("no link leads out of the container: not in its files, not in an archive")
        func escapes() async throws {
            let folder = try TemporaryDirectory("canary")
            try folder.write("secret", Array("host".utf8))
            let name = try await running(
                "ln -s \(folder.path) /out; mkdir -p \(folder.path); echo inside >\(folder.path)/secret; ln -s /../../.. /up")
            let tar = try await daemon.docker("exec", name, "cat", "/out/secret")
            #expect(tar.out == "inside")
            try await daemon.run(.docker, ["cp", "\(name):/out/secret", folder.path("got")]).expecting()
            #expect(try String(contentsOfFile: folder.path("got"), encoding: .utf8) == "inside\n")
            try folder.write("put", Array("put".utf8))
            for target in ["/out/", "/up/\(folder.path)/"] { try await daemon.docker("cp", folder.path("put"), "\(name):\(target)") }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["got", "put", "secret"])
            #expect(try await daemon.docker("exec", name, "cat", "\(folder.path)/put").out == "put")
            try await daemon.docker("rm", "-f", name)
        }

        @Test("what the container may not write, cp does not write either")
        func readOnly() async throws {
            let folder = try TemporaryDirectory("ro")
            for name in ["ro", "rw"] {
                try FileManager.default.createDirectory(atPath: folder.path(name), withIntermediateDirectories: false)
            }
            try folder.write("f", Array("x".utf8))
            let name = try await running(
                "true", ["--read-only", "-v", "\(folder.path("ro")):/ro:ro", "-v", "\(folder.path("rw")):/rw"])
            let root = try await daemon.run(.docker, ["cp", folder.path("f"), "\(name):/f"])
            #expect(root.exitCode == 1 && root.err.contains("container rootfs is marked read-only"), "\(root)")
            let bind = try await daemon.run(.docker, ["cp", folder.path("f"), "\(name):/ro/f"])
            #expect(bind.exitCode == 1 && bind.err.contains("mounted volume is marked read-only"), "\(bind)")
            try await daemon.docker("cp", folder.path("f"), "\(name):/rw/f")
            #expect(FileManager.default.fileExists(atPath: folder.path("rw/f")))
            try await daemon.docker("rm", "-f", name)
        }

        @Test("export is the root file system alone, diff what was changed in it", arguments: Client.tested)
        func exportAndDiff(client: Client) async throws {
            let folder = try TemporaryDirectory("export")
            try FileManager.default.createDirectory(atPath: folder.path("b"), withIntermediateDirectories: false)
            try folder.write("b/hidden", [1])
            let name = try await running(
                "echo x >/new; rm /etc/group; echo y >>/etc/passwd", ["-v", "\(folder.path("b")):/b"])
            for isRunning in [true, false] {
                try await daemon.run(client, ["export", "-o", folder.path("out.tar"), name]).expecting()
                let names = try await CommandLine.run("/usr/bin/tar", ["tf", folder.path("out.tar")]).lines
                #expect(
                    names.contains("new") && names.contains("etc/passwd") && !names.contains("etc/group") && !names.contains("b/hidden"))
                #expect(!names.contains { $0.hasPrefix("proc/1") || $0.hasPrefix("sys/kernel") })
                let diff = Set(try await daemon.run(client, ["diff", name]).expecting().lines)
                #expect(diff.isSuperset(of: ["A /new", "D /etc/group", "C /etc/passwd", "C /etc"]), "\(diff)")
                #expect(diff.isSubset(of: ["A /new", "D /etc/group", "C /etc/passwd", "C /etc", "A /b"]), "\(diff)")
                if isRunning { try await daemon.docker("stop", "-t", "0", name) }
            }
            try await daemon.docker("rm", "-f", name)
        }
    }
}
