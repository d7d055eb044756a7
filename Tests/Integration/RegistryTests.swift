// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Registries that don't let everybody in: passwords and login, TLS of a private authority, and what is said when a
// registry, a repository or a tag is not there.

import Foundation
import Testing
import WharfJSON
import WharfTestKit

extension Integration {
    @Suite("Registries", .containers, .enabled(if: RegistryFixture.isHere, "needs docker-registry (scripts/bootstrap)"))
    struct RegistryTests {
        private func publish(_ registry: RegistryFixture, _ door: RegistryFixture.Door, _ name: String) async throws {
            let folder = try TemporaryDirectory("layout")
            try await LayoutFolder(folder.path).write(
                [.init(layers: [try LayoutFolder.busyboxLayer([.init("etc/behind", "\(door)\n")])])], tag: "it")
            try await registry.skopeo(
                "copy", "--dest-tls-verify=false", "--dest-creds", "\(RegistryFixture.user):\(RegistryFixture.password)",
                "oci:\(folder.path):it",
                "docker://\(door.address)/\(name)")
        }

        @Test("a registry behind a password: refused before login, open after it, refused after logout", arguments: FaultLane.clients)
        func login(client: Client) async throws {
            try await RegistryFixture.with(.password) { registry in
                try await DaemonFixture.with(.init(network: registry.namespace)) { daemon in
                    let address = RegistryFixture.Door.password.address
                    let name = "\(address)/private:1"
                    try await publish(registry, .password, "private:1")

                    let before = try await daemon.run(client, ["pull", name])
                    #expect(before.exitCode != 0, "\(before)")
                    #expect(before.err.contains("no basic auth credentials") || before.err.contains("unauthorized"), "\(before)")
                    let wrong = try await daemon.run(
                        client, ["login", "-u", RegistryFixture.user, "--password-stdin", address], stdin: Array("storm".utf8))
                    #expect(wrong.exitCode != 0, "\(wrong)")
                    #expect(wrong.err.contains("unauthorized") || wrong.err.contains("401"), "\(wrong)")
                    #expect(!(wrong.err + wrong.out).contains("storm"), "\(wrong)")

                    let right = try await daemon.run(
                        client, ["login", "-u", RegistryFixture.user, "--password-stdin", address],
                        stdin: Array(RegistryFixture.password.utf8)
                    ).expecting(0)
                    #expect(right.out.contains("Login Succeeded"), "\(right)")
                    try await daemon.run(client, ["pull", name]).expecting(0)
                    let run = ["run", "--rm", "--network", "none", name, "cat", "/etc/behind"]
                    #expect(try await daemon.run(client, run).expecting(0).out == "password")
                    try await daemon.run(client, ["tag", name, "\(address)/private:2"]).expecting(0)
                    try await daemon.run(client, ["push", "\(address)/private:2"]).expecting(0)

                    try await daemon.run(client, ["logout", address]).expecting(0)
                    #expect(try await daemon.run(client, ["pull", name]).exitCode != 0)
                    #expect(
                        !daemon.log.contains(RegistryFixture.password) && !daemon.log.contains("c2FpbG9yOmFob3k"), "no password in the log")
                }
            }
        }

        /// Puts a private copy of /etc over the daemon's, with the authority in the registry's folder of certs.d.
        private func etc(_ registry: RegistryFixture, knowing: Bool) -> String {
            let copy = registry.folder.path("etc")
            let certificates = "\(copy)/docker/certs.d/\(RegistryFixture.Door.tls.address)"
            let place = knowing ? "mkdir -p \(certificates) && cp \(registry.authority) \(certificates)/ca.crt" : ":"
            return "rm -rf \(copy) && cp -a /etc \(copy) && \(place) && mount --bind \(copy) /etc"
        }

        @Test("a registry with a private authority: refused, unless certs.d has its certificate", arguments: [false, true])
        func privateAuthority(isKnown: Bool) async throws {
            try await RegistryFixture.with(.tls) { registry in
                try await DaemonFixture.with(.init(network: registry.namespace, prelude: etc(registry, knowing: isKnown))) { daemon in
                    let name = "\(RegistryFixture.Door.tls.address)/sealed:1"
                    try await publish(registry, .tls, "sealed:1")
                    for client in FaultLane.clients {
                        let result = try await daemon.run(client, ["pull", name])
                        if isKnown {
                            try result.expecting(0)
                            try await daemon.run(client, ["tag", name, "\(RegistryFixture.Door.tls.address)/sealed:\(client)"]).expecting(0)
                            try await daemon.run(client, ["push", "\(RegistryFixture.Door.tls.address)/sealed:\(client)"]).expecting(0)
                        } else {
                            #expect(result.exitCode != 0, "\(result)")
                            #expect(
                                result.err.contains("certificate") && result.err.contains(RegistryFixture.Door.tls.address), "\(result)")
                        }
                    }
                }
            }
        }

        @Test("what is not there is named: registry, repository, tag", arguments: FaultLane.clients)
        func missing(client: Client) async throws {
            try await RegistryFixture.with(.open) { registry in
                try await DaemonFixture.with(.init(network: registry.namespace)) { daemon in
                    let address = RegistryFixture.Door.open.address
                    try await publish(registry, .open, "here:1")
                    let noTag = try await daemon.run(client, ["pull", "\(address)/here:2"])
                    #expect(noTag.exitCode != 0)
                    #expect(noTag.err.contains("manifest for \(address)/here:2 not found: manifest unknown"), "\(noTag)")
                    let noRepository = try await daemon.run(client, ["pull", "\(address)/nowhere/at/all"])
                    #expect(noRepository.exitCode != 0 && noRepository.err.contains("\(address)/nowhere/at/all"), "\(noRepository)")
                    let noRegistry = try await daemon.run(client, ["pull", "127.0.0.1:5999/any:1"])
                    #expect(noRegistry.exitCode != 0 && noRegistry.err.contains("127.0.0.1:5999"), "\(noRegistry)")
                    #expect(noRegistry.err.contains("refused"), "\(noRegistry)")
                    let noImage = try await daemon.run(client, ["push", "\(address)/absent:1"])
                    #expect(noImage.exitCode != 0)
                    #expect(noImage.err.contains("An image does not exist locally with the tag: \(address)/absent"), "\(noImage)")
                    #expect(try await daemon.look() == ImageStoreLook())
                }
            }
        }

        @Test("run and create pull what is missing, as --pull says", arguments: FaultLane.clients)
        func pullPolicy(client: Client) async throws {
            try await RegistryFixture.with(.open) { registry in
                try await DaemonFixture.with(.init(network: registry.namespace)) { daemon in
                    let name = "\(RegistryFixture.Door.open.address)/missing:1"
                    try await publish(registry, .open, "missing:1")
                    let run = { (policy: [String]) in ["run", "--rm", "--network", "none"] + policy + [name, "cat", "/etc/behind"] }
                    let never = try await daemon.run(client, run(["--pull", "never"]))
                    #expect(never.exitCode == 125 && never.err.contains("No such image: \(name)"), "\(never)")
                    let missing = try await daemon.run(client, run([])).expecting(0)
                    #expect(missing.out == "open" && missing.err.contains("Unable to find image '\(name)' locally"), "\(missing)")
                    #expect(try await daemon.run(client, run(["--pull", "never"])).expecting(0).out == "open")
                    let always = try await daemon.run(client, run(["--pull", "always"])).expecting(0)
                    #expect(always.out == "open" && always.err.contains("Image is up to date"), "\(always)")
                }
            }
        }
    }
}
