// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the fault tests of images share: which part of the matrix runs, and the images that travel. docs/faults.md says what
// each fault is, what must hold behind it, and how it was seen red.

import Foundation
import WharfJSON
import WharfTestKit

/// Which part of the matrix runs: a fast one beside the other integration tests, all of it in `make faults`.
enum FaultLane {
    static let isWhole = ProcessInfo.processInfo.environment["WHARF_FAULTS"] == "whole"

    /// Both clients, or the one that everybody has.
    static let clients = pick(Client.tested) { $0 == .docker }

    /// All of `cases`, or only what the fast part takes.
    static func pick<Case>(_ cases: [Case], fast: (Case) -> Bool) -> [Case] { isWhole ? cases : cases.filter(fast) }
}

/// An image for faults: busybox below, noise that makes its blob long enough to be cut, and a word to look for.
struct FaultImage {
    /// `fault:1`.
    let name: String
    let layers: [[UInt8]]

    init(_ name: String, noise: Int = 600_000, seed: UInt64 = 1) throws {
        self.name = name
        var top = UstarWriter()
        top.directory("etc")
        top.file("etc/word", Array("\(name)\n".utf8))
        layers = [
            try LayoutFolder.busyboxLayer(), LayoutFolder.noise("noise", count: noise, seed: seed), top.finish(),
        ]
    }

    /// The image as a tar of an OCI layout, what `load` takes; nil names are kept out.
    func archive(_ reference: String) async throws -> [UInt8] {
        let folder = try TemporaryDirectory("fault")
        try await LayoutFolder(folder.path).write([.init(layers: layers)], tag: reference)
        return try await CommandLine.run("tar", ["-c", "-C", folder.path, "oci-layout", "index.json", "blobs"]).expecting(0).stdout
    }

    /// Brings it into the open registry.
    func publish(_ registry: RegistryFixture) async throws {
        let folder = try TemporaryDirectory("fault")
        try await LayoutFolder(folder.path).write([.init(layers: layers)], tag: "it")
        try await registry.skopeo(
            "copy", "--preserve-digests", "--dest-tls-verify=false", "oci:\(folder.path):it",
            "docker://\(RegistryFixture.Door.open.address)/\(name)")
    }
}

extension DaemonFixture {
    /// Whether an image is here, whole: its name is known, and its lowest and highest layers are what they were.
    func isWhole(_ image: String, word: String) async throws -> Bool {
        guard try await api.send("GET", "/images/\(image)/json").status == 200 else { return false }
        let script = "cat /etc/word 2>/dev/null || cat /etc/group | head -n 1"
        let run = try await run(.docker, ["run", "--rm", "--network", "none", image, "sh", "-c", script])
        guard run.exitCode == 0, run.out == word else { throw TestFailure("\(image) is here and not whole: \(run)") }
        return true
    }
}
