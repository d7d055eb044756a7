// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A real image made from this machine's busybox, in the three forms in which images arrive: `docker save`'s archive, an
// OCI layout in a tar, and a bare root file system for import.

import Crypto
import Foundation

/// Makes images in memory. One layer: /bin with busybox and its applets, passwd and group, a few folders, and files that
/// tests look for.
public struct BusyboxImage: Sendable {
    /// `name:tag` in the archive; nil for an image without one.
    public var name: String? = "busybox:latest"
    /// JSON members of the image's `config` besides Env and Cmd: `"User":"1000"`.
    public var config: [String] = []
    /// More entries of the layer.
    public var files: [File] = []

    /// A plain file of the layer.
    public struct File: Sendable {
        public let path: String
        public let text: String
        public let mode: Int

        public init(_ path: String, _ text: String, mode: Int = 0o644) {
            self.path = path
            self.text = text
            self.mode = mode
        }
    }

    public init(name: String? = "busybox:latest", config: [String] = [], files: [File] = []) {
        self.name = name
        self.config = config
        self.files = files
    }

    /// The archive of `docker save`: manifest.json, config and layer.
    public func dockerArchive() throws -> [UInt8] {
        let layer = try rootFileSystem()
        let config = configuration(diffID: Self.digest(layer))
        let tags = name.map { "\"\($0)\"" } ?? ""
        var tar = UstarWriter()
        tar.file("manifest.json", Array(#"[{"Config":"config.json","RepoTags":[\#(tags)],"Layers":["layer.tar"]}]"#.utf8))
        tar.file("config.json", config)
        tar.file("layer.tar", layer)
        return tar.finish()
    }

    /// An OCI image layout in a tar; the name is an annotation of its index.
    public func ociLayout() throws -> [UInt8] {
        let layer = try rootFileSystem()
        let config = configuration(diffID: Self.digest(layer))
        let manifest = Array(
            #"""
            {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
            "config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:\#(Self.digest(config))","size":\#(config.count)},
            "layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"sha256:\#(Self.digest(layer))","size":\#(layer.count)}]}
            """#.utf8)
        let annotations = name.map { #""org.opencontainers.image.ref.name":"\#($0)""# } ?? ""
        let index = Array(
            #"""
            {"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[
            {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:\#(Self.digest(manifest))","size":\#(manifest.count),
            "annotations":{\#(annotations)}}]}
            """#.utf8)
        var tar = UstarWriter()
        tar.file("oci-layout", Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))
        tar.file("index.json", index)
        tar.directory("blobs")
        tar.directory("blobs/sha256")
        for blob in [config, manifest, layer] { tar.file("blobs/sha256/\(Self.digest(blob))", blob) }
        return tar.finish()
    }

    /// The root file system as a tar, what `import` takes.
    public func rootFileSystem() throws -> [UInt8] {
        let busybox = try Self.busybox()
        var tar = UstarWriter()
        for folder in ["bin", "dev", "etc", "home", "proc", "sys", "usr", "var", "run"] { tar.directory(folder) }
        tar.directory("root", mode: 0o700)
        tar.directory("tmp", mode: 0o1777)
        tar.file("bin/busybox", busybox, mode: 0o755)
        for applet in Self.applets { tar.symbolicLink("bin/\(applet)", to: "busybox") }
        tar.file(
            "etc/passwd",
            Array("root:x:0:0:root:/root:/bin/sh\nsailor:x:1000:1000:Sailor:/home:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n".utf8)
        )
        tar.file("etc/group", Array("root:x:0:\nsailor:x:1000:\ndock:x:2000:sailor\nnogroup:x:65534:\n".utf8))
        tar.file("etc/not-executable", Array("just text\n".utf8))
        for file in files { tar.file(file.path, Array(file.text.utf8), mode: file.mode) }
        return tar.finish()
    }

    /// The image's configuration document.
    private func configuration(diffID: String) -> [UInt8] {
        let members =
            [#""Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]"#]
            + (config.contains { $0.hasPrefix("\"Cmd\"") } ? [] : [#""Cmd":["sh"]"#]) + config
        return Array(
            #"""
            {"architecture":"\#(Self.architecture)","os":"linux","created":"2024-02-03T04:05:06Z","config":{\#(members.joined(separator: ","))},
            "rootfs":{"type":"layers","diff_ids":["sha256:\#(diffID)"]},
            "history":[{"created":"2024-02-03T04:05:06Z","created_by":"a fixture"}]}
            """#.utf8)
    }

    /// The hex digits of a SHA-256.
    public static func digest(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { byte in
            let hex = String(byte, radix: 16)
            return byte < 16 ? "0" + hex : hex
        }.joined()
    }

    #if arch(arm64)
        public static let architecture = "arm64"
    #else
        public static let architecture = "amd64"
    #endif

    private static func busybox() throws -> [UInt8] {
        for path in ["/bin/busybox", "/usr/bin/busybox"] {
            if let data = FileManager.default.contents(atPath: path) { return Array(data) }
        }
        throw TestFailure("no busybox on this machine: scripts/bootstrap installs busybox-static")
    }

    /// What the tests call; `busybox --list` has many more.
    private static let applets = [
        "[", "ash", "awk", "base64", "cat", "chmod", "chown", "cp", "cut", "date", "dd", "df", "echo", "env", "expr", "false", "find",
        "grep",
        "head", "hostname", "id", "ip", "kill", "ln", "ls", "md5sum", "mkdir", "mkfifo", "mknod", "mount", "mv", "nc", "nproc", "od",
        "printenv", "printf", "ps", "pwd", "readlink", "rm", "rmdir", "sed", "seq", "setsid", "sh", "sha256sum", "sleep", "sort", "stat",
        "stty", "sync", "tail", "tee", "test", "timeout", "top", "touch", "tr", "true", "tty", "umount", "uname", "usleep", "vi", "wc",
        "whoami", "yes",
    ]
}
