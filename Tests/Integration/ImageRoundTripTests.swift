// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Images on their ways between a registry, the daemon, files and other programs: whatever way they take, the same bytes
// arrive. The registry is Debian's docker-registry, the peers are docker's client, podman and skopeo.

import Foundation
import Testing
import WharfJSON
import WharfTestKit

extension Integration {
    @Suite("Image round trips", .containers, .enabled(if: RegistryFixture.isHere, "needs docker-registry (scripts/bootstrap)"))
    struct ImageRoundTripTests {
        static let registry = RegistryFixture.Door.open.address

        /// A daemon beside an open registry.
        private func withRegistry(_ body: (RegistryFixture, DaemonFixture) async throws -> Void) async throws {
            try await RegistryFixture.with(.open) { registry in
                try await DaemonFixture.with(.init(network: registry.namespace)) { daemon in try await body(registry, daemon) }
            }
        }

        /// Three layers of which one has a file that another one removes.
        private func layers(_ word: String) throws -> [[UInt8]] {
            var middle = UstarWriter()
            middle.directory("data")
            middle.file("data/word", Array("\(word)\n".utf8))
            middle.file("data/gone", Array("x".utf8))
            var top = UstarWriter()
            top.directory("data")
            top.file("data/.wh.gone", [])
            return [try LayoutFolder.busyboxLayer(), middle.finish(), top.finish()]
        }

        /// Brings images into the registry as `name`, byte by byte.
        private func publish(
            _ images: [LayoutFolder.Image], as name: String, isDocker: Bool = false, in registry: RegistryFixture
        ) async throws {
            let folder = try TemporaryDirectory("layout")
            let layout = try LayoutFolder(folder.path)
            try await layout.write(images, tag: "it")
            // Docker's media types are skopeo's work.
            let options = isDocker ? ["--format", "v2s2"] : ["--preserve-digests"]
            try await registry.run(
                ["skopeo", "--insecure-policy", "copy", "--all"] + options
                    + ["--dest-tls-verify=false", "oci:\(folder.path):it", "docker://\(Self.registry)/\(name)"],
                environment: ["HOME": registry.folder.path]
            ).expecting(0)
        }

        private func expectRuns(_ image: String, _ word: String, _ daemon: DaemonFixture) async throws {
            let run = ["run", "--rm", "--network", "none", image, "sh", "-c", "cat /data/word; ls /data"]
            #expect(try await daemon.run(.docker, run).expecting(0).lines == [word, "word"])
        }

        @Test(
            "pull, save, load, push, pull: the same digests, byte by byte",
            .enabled(if: Programs.reference == nil, "docker 20.10 packs layers anew"), arguments: FaultLane.clients,
            FaultLane.pick(LayoutFolder.Packing.allCases) { $0 != .plain })
        func wholeCircle(client: Client, packing: LayoutFolder.Packing) async throws {
            try await withRegistry { registry, daemon in
                let word = "\(packing)"
                try await publish([.init(layers: try layers(word), packing: packing)], as: "first/\(word):1", in: registry)
                let original = try await registry.manifest("first/\(word):1")
                let digest = "sha256:" + BusyboxImage.digest(original)
                let name = "\(Self.registry)/first/\(word):1"

                try await daemon.run(client, ["pull", name]).expecting(0)
                try await expectRuns(name, word, daemon)
                let before = try await daemon.look()
                #expect(before.images.count == 1 && before.images[0].contains("\(Self.registry)/first/\(word)@\(digest)"), "\(before)")

                let folder = try TemporaryDirectory("saved")
                try await daemon.run(client, ["save", "-o", folder.path("image.tar"), name]).expecting(0)
                try await daemon.run(client, ["rmi", name]).expecting(0)
                #expect(try await daemon.look() == ImageStoreLook(), "rmi leaves nothing")

                try await daemon.run(client, ["load", "-i", folder.path("image.tar")]).expecting(0)
                try await expectRuns(name, word, daemon)
                #expect(try await daemon.look().blobs == before.blobs)
                let second = "\(Self.registry)/second/\(word):1"
                try await daemon.run(client, ["tag", name, second]).expecting(0)
                try await daemon.run(client, ["push", second]).expecting(0)
                #expect(try await registry.manifest("second/\(word):1") == original)

                try await daemon.run(client, ["rmi", name, second]).expecting(0)
                try await daemon.run(client, ["pull", second]).expecting(0)
                try await expectRuns(second, word, daemon)
                let after = try await daemon.look()
                #expect((after.blobs, after.snapshots) == (before.blobs, before.snapshots))
                #expect(try await daemon.storeViolations().isEmpty)
            }
        }

        @Test("a second pull fetches nothing and says so", arguments: FaultLane.clients)
        func pullAgain(client: Client) async throws {
            try await withRegistry { registry, daemon in
                try await publish([.init(layers: try layers("again"))], as: "again:1", in: registry)
                let name = "\(Self.registry)/again:1"
                let first = try await daemon.run(client, ["pull", name]).expecting(0)
                #expect(first.out.contains("Status: Downloaded newer image for \(name)"), "\(first)")
                let second = try await daemon.run(client, ["pull", name]).expecting(0)
                #expect(second.out.contains("Status: Image is up to date for \(name)"), "\(second)")
                #expect(try await daemon.run(client, ["pull", "-q", name]).expecting(0).out == name)
            }
        }

        @Test("an image for several platforms: the host's by itself, another one by name, all by skopeo", arguments: [false, true])
        func platforms(isDocker: Bool) async throws {
            try await withRegistry { registry, daemon in
                let other = BusyboxImage.architecture == "amd64" ? "arm64" : "amd64"
                let images = [other, BusyboxImage.architecture].map { architecture in
                    LayoutFolder.Image(
                        layers: [LayoutFolder.noise("etc/for-\(architecture)", count: 5000, seed: 7)], architecture: architecture,
                        packing: .gzip)
                }
                try await publish(images, as: "many:1", isDocker: isDocker, in: registry)
                let name = "\(Self.registry)/many:1"
                let index = "sha256:" + BusyboxImage.digest(try await registry.manifest("many:1"))
                func inspect(_ template: String) async throws -> String {
                    try await daemon.run(.docker, ["inspect", "--type", "image", "--format", template, name]).expecting(0).out
                }
                try await daemon.docker("pull", name)
                let seen = try await inspect("{{.Architecture}} {{index .RepoDigests 0}}")
                #expect(seen == "\(BusyboxImage.architecture) \(Self.registry)/many@\(index)")
                try await daemon.docker("pull", "--platform", "linux/\(other)", name)
                // The name means this host's image now as before; the other one is found by its platform.
                #expect(try await inspect("{{.Architecture}}") == BusyboxImage.architecture)
                let second = ["image", "inspect", "--platform", "linux/\(other)", "--format", "{{.Architecture}}", name]
                #expect(try await daemon.run(.docker, second).expecting(0).out == other)
                #expect(try await daemon.docker("images", "-q", "\(Self.registry)/many").lines.count == 1)
                // With both here the index goes on, by push and by archive.
                try await daemon.docker("tag", name, "\(Self.registry)/again:1")
                try await daemon.docker("push", "\(Self.registry)/again:1")
                #expect("sha256:" + BusyboxImage.digest(try await registry.manifest("again:1")) == index)
                let folder = try TemporaryDirectory("platforms")
                defer { folder.remove() }
                try await daemon.docker("save", "-o", folder.path("image.tar"), name)
                // skopeo looks for OCI's own types alone in a layout.
                if !isDocker {
                    try await registry.skopeo(
                        "copy", "--all", "--preserve-digests", "--dest-tls-verify=false", "oci-archive:\(folder.path("image.tar")):1",
                        "docker://\(Self.registry)/saved:1")
                    #expect("sha256:" + BusyboxImage.digest(try await registry.manifest("saved:1")) == index)
                }
                #expect(try await daemon.storeViolations().isEmpty)
                try await daemon.docker("rmi", "\(Self.registry)/again:1", name)
                #expect(try await daemon.look() == ImageStoreLook())
                try await daemon.docker("load", "-i", folder.path("image.tar"))
                #expect(try await daemon.run(.docker, second).expecting(0).out == other)
                #expect(try await daemon.storeViolations().isEmpty)
                let missing = try await daemon.run(.docker, ["pull", "--platform", "linux/s390x", name])
                #expect(missing.exitCode != 0 && missing.err.contains("no matching manifest for linux/s390x"), "\(missing)")
            }
        }

        @Test("pulls by digest get that image and no name; a digest that is not there is an error", arguments: FaultLane.clients)
        func byDigest(client: Client) async throws {
            try await withRegistry { registry, daemon in
                try await publish([.init(layers: try layers("digest"))], as: "fixed:1", in: registry)
                let digest = "sha256:" + BusyboxImage.digest(try await registry.manifest("fixed:1"))
                let name = "\(Self.registry)/fixed@\(digest)"
                try await daemon.run(client, ["pull", name]).expecting(0)
                try await expectRuns(name, "digest", daemon)
                let look = try await daemon.look()
                #expect(look.images.count == 1 && look.images[0].contains(" [] ") && look.images[0].contains(name), "\(look)")
                let wrong = "\(Self.registry)/fixed@sha256:\(String(repeating: "0", count: 64))"
                let refused = try await daemon.run(client, ["pull", wrong])
                #expect(refused.exitCode != 0 && refused.err.contains("\(Self.registry)/fixed"), "\(refused)")
                #expect(try await daemon.look() == look)
            }
        }

        @Test("the oldest kind of manifest is refused in words", .enabled(if: Programs.reference == nil, "docker 20.10 takes it"))
        func schemaOne() async throws {
            try await withRegistry { registry, daemon in
                try await publish([.init(layers: try layers("old"))], as: "new:1", isDocker: true, in: registry)
                try await registry.skopeo(
                    "copy", "--format", "v2s1", "--src-tls-verify=false", "--dest-tls-verify=false", "docker://\(Self.registry)/new:1",
                    "docker://\(Self.registry)/old:1")
                let before = try await daemon.look()
                for client in Client.tested {
                    let refused = try await daemon.run(client, ["pull", "\(Self.registry)/old:1"])
                    #expect(refused.exitCode != 0, "\(refused)")
                    #expect(refused.err.contains("schema 1 support has been removed"), "\(refused)")
                    #expect(refused.err.contains("\(Self.registry)/old"), "\(refused)")
                }
                #expect(try await daemon.look() == before)
            }
        }

        // MARK: skopeo

        /// What skopeo can make of an image in a registry.
        static let kinds = ["--format=v2s2", "--format=oci", "--format=oci --dest-compress-format=zstd"]

        @Test("what skopeo pushes is pulled, and what is pushed skopeo pulls", arguments: kinds)
        func skopeoRegistry(options: String) async throws {
            try await withRegistry { registry, daemon in
                try await publish([.init(layers: try layers("peer"))], as: "source:1", in: registry)
                let words = options.split(separator: " " as Character).map { String($0) }
                try await registry.run(
                    ["skopeo", "--insecure-policy", "copy", "--src-tls-verify=false", "--dest-tls-verify=false"] + words
                        + ["docker://\(Self.registry)/source:1", "docker://\(Self.registry)/theirs:1"]
                ).expecting(0)
                let name = "\(Self.registry)/theirs:1"
                try await daemon.docker("pull", name)
                try await expectRuns(name, "peer", daemon)
                try await daemon.docker("tag", name, "\(Self.registry)/ours:1")
                try await daemon.docker("push", "\(Self.registry)/ours:1")
                if Programs.reference == nil {
                    let theirs = try await registry.manifest("theirs:1")
                    #expect(try await registry.manifest("ours:1") == theirs)
                }
                let folder = try TemporaryDirectory("peer")
                try await registry.skopeo(
                    "copy", "--src-tls-verify=false", "docker://\(Self.registry)/ours:1", "oci:\(folder.path("oci")):1")
            }
        }

        @Test("archives of skopeo are loaded, and archives that are saved skopeo reads", arguments: ["docker-archive", "oci-archive"])
        func skopeoArchives(kind: String) async throws {
            guard Programs.reference == nil || kind == "docker-archive" else { return }
            try await withRegistry { registry, daemon in
                try await publish([.init(layers: try layers("filed"))], as: "source:1", in: registry)
                let folder = try TemporaryDirectory("archives")
                let place = ":filed:1"
                try await registry.skopeo(
                    "copy", "--src-tls-verify=false", "docker://\(Self.registry)/source:1", "\(kind):\(folder.path("theirs.tar"))\(place)")
                let loaded = try await daemon.docker("load", "-i", folder.path("theirs.tar"))
                let name = loaded.out.components(separatedBy: "Loaded image: ").last ?? ""
                try await expectRuns(name, "filed", daemon)

                try await daemon.docker("save", "-o", folder.path("ours.tar"), name)
                try await registry.skopeo(
                    "copy", "--dest-tls-verify=false", "\(kind):\(folder.path("ours.tar"))", "docker://\(Self.registry)/back:1")
                try await daemon.docker("rmi", name)
                try await daemon.docker("pull", "\(Self.registry)/back:1")
                try await expectRuns("\(Self.registry)/back:1", "filed", daemon)
            }
        }

        @Test("several images in one archive, with layers in common", arguments: FaultLane.clients)
        func saveMany(client: Client) async throws {
            try await withRegistry { registry, daemon in
                for word in ["one", "two"] { try await publish([.init(layers: try layers(word))], as: "\(word):1", in: registry) }
                let names = ["\(Self.registry)/one:1", "\(Self.registry)/two:1"]
                for name in names { try await daemon.run(client, ["pull", name]).expecting(0) }
                let before = try await daemon.look()
                let folder = try TemporaryDirectory("many")
                try await daemon.run(client, ["save", "-o", folder.path("many.tar")] + names).expecting(0)
                try await daemon.run(client, ["rmi"] + names).expecting(0)
                try await daemon.run(client, ["load", "-i", folder.path("many.tar")]).expecting(0)
                for (name, word) in zip(names, ["one", "two"]) { try await expectRuns(name, word, daemon) }
                #expect(try await daemon.look().snapshots == before.snapshots)
            }
        }

        // MARK: podman

        @Test("podman and we take each other's images, by registry and by archive", .enabled(if: RegistryFixture.find("podman") != nil))
        func podman() async throws {
            try await withRegistry { registry, daemon in
                try await publish([.init(layers: try layers("ours"))], as: "ours:1", in: registry)
                let podman = try Podman(registry)
                try await daemon.docker("pull", "\(Self.registry)/ours:1")
                try await daemon.docker("tag", "\(Self.registry)/ours:1", "\(Self.registry)/pushed:1")
                try await daemon.docker("push", "\(Self.registry)/pushed:1")
                try await podman.call("pull", "--tls-verify=false", "\(Self.registry)/pushed:1")
                for (format, name) in [("v2s2", "docker"), ("oci", "oci")] {
                    try await podman.call("tag", "\(Self.registry)/pushed:1", "\(Self.registry)/\(name):1")
                    try await podman.call("push", "--tls-verify=false", "--format", format, "\(Self.registry)/\(name):1")
                    try await daemon.docker("pull", "\(Self.registry)/\(name):1")
                    try await expectRuns("\(Self.registry)/\(name):1", "ours", daemon)
                }
                let folder = try TemporaryDirectory("podman")
                for format in Programs.reference == nil ? ["docker-archive", "oci-archive"] : ["docker-archive"] {
                    let file = folder.path("\(format).tar")
                    try await podman.call("save", "--format", format, "-o", file, "\(Self.registry)/pushed:1")
                    try await daemon.docker("rmi", "-f", "\(Self.registry)/pushed:1")
                    try await daemon.docker("load", "-i", file)
                    try await expectRuns("\(Self.registry)/pushed:1", "ours", daemon)
                }
                try await daemon.docker("save", "-o", folder.path("saved.tar"), "\(Self.registry)/pushed:1")
                try await podman.call("rmi", "-f", "-a")
                try await podman.call("load", "-i", folder.path("saved.tar"))
                #expect(try await podman.call("images", "--format", "{{.Repository}}:{{.Tag}}").lines == ["\(Self.registry)/pushed:1"])
            }
        }
    }
}

/// podman with storage of its own, in a registry's namespace.
private struct Podman {
    let registry: RegistryFixture
    let environment: [String: String]

    init(_ registry: RegistryFixture) throws {
        self.registry = registry
        let configuration = try registry.folder.write(
            "containers.conf", Array("[engine]\ncgroup_manager = \"cgroupfs\"\nevents_logger = \"file\"\nlock_type = \"file\"\n".utf8))
        try registry.folder.write("policy.json", Array(#"{"default":[{"type":"insecureAcceptAnything"}]}"#.utf8))
        environment = ["CONTAINERS_CONF": configuration, "HOME": registry.folder.path, "TMPDIR": registry.folder.path]
    }

    @discardableResult
    func call(_ arguments: String...) async throws -> CommandResult {
        let folder = registry.folder
        let base = [
            "podman", "--root", folder.path("podman"), "--runroot", folder.path("podman-run"), "--tmpdir", folder.path("podman-tmp"),
            "--storage-driver", "vfs",
        ]
        let policy = ["pull", "push", "load"].contains(arguments[0]) ? ["--signature-policy", folder.path("policy.json")] : []
        return try await registry.run(base + [arguments[0]] + policy + arguments.dropFirst(), environment: environment).expecting(0)
    }
}
