// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Images that arrive as files: load, import, list, inspect, tag, remove, and archives that are wrong.

import Testing
import WharfJSON
import WharfTestKit

extension Integration {
    @Suite("Images", .containers, .daemon)
    struct ImageTests {
        let daemon: DaemonFixture

        init() throws { daemon = try theDaemon() }

        private func runs(_ image: String, _ client: Client) async throws {
            let result = try await daemon.run(client, ["run", "--rm", "--network", "none", image, "cat", "/etc/group"]).expecting()
            #expect(result.out.hasPrefix("root:x:0:"))
        }

        @Test("load takes docker's archive, gzipped too", arguments: Client.tested)
        func load(client: Client) async throws {
            let name = "loaded-\(client):1"
            let archive = try BusyboxImage(name: name).dockerArchive()
            #expect(try await daemon.run(client, ["load"], stdin: archive).expecting().out.hasSuffix("Loaded image: \(name)"))
            try await runs(name, client)
            let zipped = try await CommandLine.run("gzip", ["-1"], stdin: BusyboxImage(name: "zipped-\(client):1").dockerArchive())
                .expecting().stdout
            let folder = try TemporaryDirectory("load")
            try await daemon.run(client, ["load", "-i", folder.write("image.tar.gz", zipped)]).expecting()
            try await runs("zipped-\(client):1", client)
        }

        @Test("load takes an OCI layout", .enabled(if: Programs.reference == nil, "docker 20.10 has none"), arguments: Client.tested)
        func layout(client: Client) async throws {
            let name = "layout-\(client):1"
            try await daemon.run(client, ["load"], stdin: try BusyboxImage(name: name).ociLayout()).expecting()
            try await runs(name, client)
        }

        @Test("import takes a bare root file system", arguments: Client.tested)
        func importing(client: Client) async throws {
            let tar = try BusyboxImage(files: [.init("etc/imported", "yes\n")]).rootFileSystem()
            let result = try await daemon.run(client, ["import", "-", "imported-\(client):1"], stdin: tar).expecting()
            #expect(result.out.hasPrefix("sha256:"))
            let run = try await daemon.run(
                client, ["run", "--rm", "--network", "none", "imported-\(client):1", "/bin/cat", "/etc/imported"])
            #expect(run.out == "yes")
        }

        @Test("images, inspect and tag", arguments: Client.tested)
        func list(client: Client) async throws {
            let name = "tagged-\(client)"
            try await daemon.run(client, ["tag", "busybox", "\(name):2"]).expecting()
            let lines = try await daemon.run(client, ["images", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}"]).expecting().lines
            let busybox = try #require(lines.first { $0.hasPrefix("busybox:latest ") }?.split(separator: " ").last)
            #expect(lines.contains("\(name):2 \(busybox)"))
            #expect(try await daemon.run(client, ["images", "-q", "\(name):2"]).expecting().out == busybox)
            let inspected = try await daemon.run(
                client, ["inspect", "--type", "image", "--format", "{{.Id}} {{.Architecture}} {{.Os}}", "\(name):2"]
            ).expecting().out
            #expect(inspected.hasPrefix("sha256:\(busybox)") && inspected.hasSuffix(" \(BusyboxImage.architecture) linux"))
            let table = try await daemon.run(client, ["images"]).expecting().lines
            #expect(table.first?.hasPrefix("REPOSITORY") == true)
        }

        @Test("rmi takes the name away, and the image with its last one", arguments: Client.tested)
        func remove(client: Client) async throws {
            let first = "removed-\(client):1"
            let second = "removed-\(client):2"
            // Its own content: an image that busybox shares could not go.
            try await daemon.load(BusyboxImage(name: first, files: [.init("etc/of", "\(client)\n")]))
            try await daemon.run(client, ["tag", first, second]).expecting()
            #expect(try await daemon.run(client, ["rmi", first]).expecting().lines == ["Untagged: \(first)"])
            let last = try await daemon.run(client, ["rmi", second]).expecting().lines
            #expect(last.first == "Untagged: \(second)")
            #expect(last.dropFirst().contains { $0.hasPrefix("Deleted: sha256:") })
            let gone = try await daemon.run(client, ["rmi", second])
            #expect(gone.exitCode == 1)
            #expect(gone.err.contains("No such image: \(second)"))
        }

        @Test("rmi refuses an image that a container uses", arguments: Client.tested)
        func inUse(client: Client) async throws {
            let name = "used-\(client):1"
            try await daemon.load(BusyboxImage(name: name, files: [.init("etc/used", "\(client)\n")]))
            let container = unique("user")
            try await daemon.run(client, ["run", "-d", "--name", container, "--network", "none", name, "sleep", "1000"]).expecting()
            let refused = try await daemon.run(client, ["rmi", name])
            #expect(refused.exitCode == 1)
            #expect(refused.err.contains("conflict: unable to remove repository reference \"\(name)\" (must force)"))
            try await daemon.run(client, ["rm", "-f", container]).expecting()
            try await daemon.run(client, ["rmi", name]).expecting()
        }

        @Test("what is no image is refused, and leaves nothing", arguments: Client.tested)
        func badArchives(client: Client) async throws {
            let before = try await daemon.docker("images", "-aq").out
            let good = try BusyboxImage(name: "bad:1").dockerArchive()
            let cut = Array(good.prefix(good.count / 2))
            var noManifest = UstarWriter()
            noManifest.file("hello", Array("x".utf8))
            var escaping = UstarWriter()
            escaping.file("manifest.json", Array(#"[{"Config":"../../etc/passwd","RepoTags":["bad:2"],"Layers":[]}]"#.utf8))
            for archive in [Array("this is no tar".utf8), cut, noManifest.finish(), escaping.finish()] {
                let result = try await daemon.run(client, ["load"], stdin: archive)
                #expect(result.exitCode == 1, "\(result)")
                #expect(!result.err.isEmpty)
            }
            #expect(try await daemon.docker("images", "-aq").out == before)
            #expect(try await daemon.run(client, ["import", "-", "bad:3"], stdin: Array(repeating: 7, count: 2000)).exitCode == 1)
        }

        @Test("a layer that is not what its configuration says is refused")
        func wrongDiffID() async throws {
            var tar = UstarWriter()
            let digest = String(repeating: "ab", count: 32)
            tar.file("manifest.json", Array(#"[{"Config":"config.json","RepoTags":["wrong:1"],"Layers":["layer.tar"]}]"#.utf8))
            tar.file(
                "config.json",
                Array(#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:\#(digest)"]}}"#.utf8))
            tar.file("layer.tar", try BusyboxImage().rootFileSystem())
            let result = try await daemon.run(.docker, ["load"], stdin: tar.finish())
            #expect(result.exitCode == 1)
            #expect(try await daemon.api.send("GET", "/images/wrong:1/json").status == 404)
        }

        @Test("a layer's hard links, whiteouts and odd names arrive; a path out of the root does not")
        func layerContent() async throws {
            var tar = UstarWriter()
            tar.directory("bin")
            tar.file("bin/busybox", try await CommandLine.run("cat", ["/bin/busybox"]).expecting().stdout, mode: 0o4755)
            tar.add(.hardLink, "bin/sh", mode: 0o4755, target: "bin/busybox")
            tar.file("a b\u{e9}'\"", Array("odd\n".utf8))
            tar.add(.fifo, "pipe", mode: 0o600)
            tar.add(.characterDevice, "null", mode: 0o666, device: (1, 3))
            let imported = try await daemon.run(.docker, ["import", "-", "content:1"], stdin: tar.finish()).expecting()
            #expect(imported.out.hasPrefix("sha256:"))
            let run = ["run", "--rm", "--network", "none", "content:1", "/bin/sh", "-c"]
            let script = "/bin/busybox ls -l /pipe /null; /bin/busybox cat /a*; /bin/busybox stat -c '%a %h' /bin/sh"
            let out = try await daemon.run(.docker, run + [script]).expecting()
            #expect(out.lines.suffix(2) == ["odd", "4755 2"])
            #expect(out.lines.first?.hasPrefix("crw-rw-rw-") == true)

            var hostile = UstarWriter()
            hostile.symbolicLink("out", to: "/tmp")
            hostile.file("out/wharf-escape-\(daemon.pid ?? 0)", Array("x".utf8))
            _ = try await daemon.run(.docker, ["import", "-", "content:2"], stdin: hostile.finish())
            #expect(try await CommandLine.run("ls", ["/tmp/wharf-escape-\(daemon.pid ?? 0)"]).exitCode != 0)
        }
    }
}
