// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A real daemon against a registry that misbehaves in every way of its table: pull and push either work in spite of it or
// say what is wrong with which registry and repository. Nothing half is seen behind a failure, and once the registry
// behaves again the verb works, without a byte of what was received before.

import Foundation
import Testing
import WharfJSON
import WharfTestKit

extension Integration {
    @Suite("Image faults: registries that misbehave", .containers, .enabled(if: Programs.reference == nil))
    struct ImageFaultsNetworkTests {
        /// A name for TLS: nobody checks the certificate of a loopback address.
        static let host = "harbour.test"

        /// The daemon in this process's network, where the fake registries are, with an /etc of its own that knows `host` and
        /// the test's authority.
        private func withDaemon(_ body: (DaemonFixture) async throws -> Void) async throws {
            let folder = try TemporaryDirectory("etc")
            let etc = folder.path("etc")
            let authority = try TestCertificates.shared().authority
            let settings = try folder.write("daemon.json", Array(#"{"max-download-attempts":2,"max-concurrent-downloads":16}"#.utf8))
            let prelude = """
                rm -rf \(etc) && cp -a /etc \(etc) && echo '127.0.0.1 \(Self.host)' >> \(etc)/hosts && mkdir -p \(etc)/ssl/certs &&
                cat \(authority) >> \(etc)/ssl/certs/ca-certificates.crt && mount --bind \(etc) /etc && export WHARF_REGISTRY_PATIENCE=6
                """
            try await DaemonFixture.with(
                .init(arguments: ["--config-file", settings], network: "/proc/\(getpid())/ns/net", prelude: prelude)
            ) { daemon in try await body(daemon) }
        }

        @Test("every misbehaviour, at once", arguments: NetworkFault.Verb.allCases)
        func misbehaviours(verb: NetworkFault.Verb) async throws {
            try await withDaemon { daemon in
                let cases = NetworkFault.cases(verb)
                // Each is told by itself: one that fails says nothing about the others.
                await withTaskGroup(of: Void.self) { group in
                    for (number, fault) in cases.enumerated() {
                        group.addTask {
                            do {
                                try await meet(fault, NetworkImage(seed: UInt64(1000 * (verb == .pull ? 1 : 2) + number)), daemon)
                            } catch { Issue.record("\(fault): \(error)") }
                        }
                    }
                }
                let violations = try await daemon.storeViolations()
                #expect(violations.isEmpty, "\(violations)")
                let ingests = try await daemon.look().ingests
                #expect(ingests.isEmpty, "everything came in the end: \(ingests)")
                #expect(try await daemon.api.send("GET", "/_ping").status == 200)
            }
        }

        /// The fault, what comes of it, and the verb again with a registry that behaves.
        private func meet(_ fault: NetworkFault, _ image: NetworkImage, _ daemon: DaemonFixture) async throws {
            var options = FakeRegistry.Options()
            if fault.needsToken { options.access = .bearer(user: "", password: "") }
            if fault.fault == .badTLS {
                options.usesTLS = true
                options.certificateName = "another.test"
            }
            let repository = "team/\(fault.word)"
            try await FakeRegistry.run(options) { registry in
                let port = registry.host.split(separator: ":").last ?? ""
                let address = fault.fault == .badTLS ? "\(Self.host):\(port)" : registry.host
                let name = "\(address)/\(repository)"
                if fault.verb == .pull { image.publish(registry, repository) }
                if fault.verb == .push {
                    try await daemon.load(archive: image.archive("\(name):1")).succeeding()
                }
                if fault.needsPart, fault.verb == .pull { try await leavePart(registry, name, image, daemon) }
                if fault.needsPart, fault.verb == .push {
                    registry.misbehave(.resetAt(70_000), times: 1, then: fault.fault)
                } else {
                    registry.misbehave(fault.fault, times: fault.times)
                }
                try await expect(fault, name, address, repository, registry, image, daemon)
                // Its certificate stays what it is.
                guard fault.fault != .badTLS else { return }
                registry.misbehave(nil)
                try await expectGoesOn(fault, name, registry, image, daemon)
            }
        }

        /// A pull that breaks in the first layer, and leaves what came.
        private func leavePart(_ registry: FakeRegistry, _ name: String, _ image: NetworkImage, _ daemon: DaemonFixture) async throws {
            registry.misbehave(.resetAt(70_000))
            let key = "download-\(BusyboxImage.digest(image.layers[0]))"
            // The other layer may be the one that fails first.
            for _ in 0..<20 {
                let reply = try await daemon.pull(name, tag: "1")
                guard reply.error != nil else { throw TestFailure("resets should have been enough: \(reply)") }
                if try await daemon.look().ingests[key] ?? 0 > 0 { return }
            }
            throw TestFailure("no part of the layer stayed")
        }

        private func expect(
            _ fault: NetworkFault, _ name: String, _ address: String, _ repository: String, _ registry: FakeRegistry, _ image: NetworkImage,
            _ daemon: DaemonFixture
        ) async throws {
            if fault.outcome == .cancelled {
                try await giveUp(name, registry, daemon)
            } else {
                let reply = try await run(fault, name, daemon)
                let least = fault.needsPart && fault.verb == .push ? 2 : 1
                if fault.fault != .badTLS { #expect(registry.faultsFired >= least, "\(fault): the registry had no occasion") }
                switch fault.outcome {
                case .fails(let words):
                    let error = reply.error ?? ""
                    #expect(!error.isEmpty, "\(fault): it should have failed")
                    #expect(
                        error.contains(address) && error.contains(repository), "\(fault): registry and repository are not named: \(error)")
                    #expect(words.contains { error.contains($0) }, "\(fault): the cause is not named: \(error)")
                case .works, .cancelled: #expect(reply.error == nil, "\(fault): \(reply.error ?? "")")
                }
                if fault.outcome == .works { return }
            }
            // Seen by the user, and by whoever asks the registry.
            if fault.verb == .pull {
                #expect(try await daemon.api.send("GET", "/images/\(name):1/json").status == 404, "\(fault): half of an image is here")
                let shown = try await daemon.look().images.filter { $0.contains(name) }
                #expect(shown.isEmpty, "\(fault): \(shown)")
            } else if fault.fault != .digestLie {
                #expect(registry.manifest("1", of: repository) == nil, "\(fault): half of an image is in the registry")
            }
            for seen in registry.seen where seen.isElsewhere {
                #expect(seen.authorization == nil, "\(fault): credentials went to another server: \(seen.target)")
            }
        }

        /// With a registry that behaves the verb works, and takes only what is missing.
        private func expectGoesOn(
            _ fault: NetworkFault, _ name: String, _ registry: FakeRegistry, _ image: NetworkImage, _ daemon: DaemonFixture
        ) async throws {
            let repository = name.split(separator: "/").dropFirst().joined(separator: "/")
            let parts = try await daemon.look().ingests
            registry.forgetSeen()
            try await run(fault, name, daemon).succeeding()
            switch fault.verb {
            case .pull:
                #expect(try await daemon.api.send("GET", "/images/\(name):1/json").status == 200)
                for layer in image.layers {
                    let asked = registry.seen.filter { $0.method == "GET" && $0.target.contains("blobs/\(FakeRegistry.digest(layer))") }
                    let have = fault.outcome == .works ? layer.count : parts["download-\(BusyboxImage.digest(layer))"] ?? 0
                    if have == layer.count { #expect(asked.isEmpty, "\(fault): a whole blob was asked for again") }
                    if have > 0 && have < layer.count {
                        #expect(
                            asked.allSatisfy { $0.range?.hasPrefix("bytes=\(have)-") == true },
                            "\(fault): \(have) bytes were here, and this was asked for: \(asked.map { $0.range ?? "everything" })")
                    }
                }
            case .push:
                #expect(registry.manifest("1", of: repository) == image.manifest)
                for blob in image.layers + [image.config] { #expect(registry.blob(FakeRegistry.digest(blob)) == blob) }
            }
        }

        private func run(_ fault: NetworkFault, _ name: String, _ daemon: DaemonFixture) async throws -> StreamedReply {
            let deadline = Duration.seconds(300)
            switch fault.verb {
            case .pull: return try await daemon.pull(name, tag: "1", deadline: deadline)
            case .push: return try await daemon.push(name, tag: "1", deadline: deadline)
            }
        }

        /// The user waits for the first bytes, then presses ^C.
        private func giveUp(_ name: String, _ registry: FakeRegistry, _ daemon: DaemonFixture) async throws {
            let client = try daemon.start(.docker, ["pull", "\(name):1"], streams: .pipes)
            try await eventually("a blob is on its way") { registry.faultsFired > 0 }
            client.signal(SIGINT)
            try await client.wait()
            // The daemon lets go of the download when its last user has gone: then the next one may have it.
            try await eventually("the image is not here") { try await daemon.api.send("GET", "/images/\(name):1/json").status == 404 }
        }
    }
}
