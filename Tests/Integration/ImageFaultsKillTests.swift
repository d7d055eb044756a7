// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The daemon dies, or a step fails, at every named place of pull, load, import, push and remove. Behind it: what was said to
// be done is done, the rest is absent or can be done again, and nothing is in the store that nobody owns.

import Foundation
import Testing
import WharfJSON
import WharfTestKit

extension Integration {
    @Suite(
        "Image faults: kill and error at each step", .containers,
        .enabled(if: RegistryFixture.isHere && Programs.reference == nil, "needs docker-registry (scripts/bootstrap)"))
    struct ImageFaultsKillTests {
        static let registry = RegistryFixture.Door.open.address

        /// One verb, the places in it, and how to see what it did.
        enum Verb: String, Sendable, CaseIterable {
            case pull, load, importing = "import", push, remove

            var steps: [String] {
                switch self {
                case .pull: ["resolve", "config", "download", "seal", "unpack", "flush", "publish", "name", "record", "reply"]
                case .load: ["spool", "unpack", "flush", "publish", "name", "record", "reply"]
                case .importing: ["unpack", "flush", "publish", "name", "record", "reply"]
                case .push: ["collect", "mount", "upload", "manifest", "record", "reply"]
                case .remove: ["untag", "record", "blobs", "layers", "files", "reply"]
                }
            }

            /// Places behind which the verb is done.
            static let behind: Set<String> = ["reply", "blobs", "layers", "files"]
        }

        /// What one place is told to do.
        struct Fault: Sendable, CustomStringConvertible {
            let verb: Verb
            let step: String
            let action: String
            var point: String { "image.\(verb.rawValue).\(step)" }
            var description: String { "\(point)=\(action)" }
        }

        static func faults(_ verb: Verb) -> [Fault] {
            let all = verb.steps.flatMap { step in ["kill", "error"].map { Fault(verb: verb, step: step, action: $0) } }
            return FaultLane.pick(all) { ["publish", "blobs", "manifest"].contains($0.step) && $0.action == "kill" }
        }

        /// What the verbs of one test work on.
        struct Work {
            let registry: RegistryFixture
            let daemon: DaemonFixture
            let verb: Verb
            /// `address/fault:1`.
            let name: String
            /// Where the fault's push goes: a repository that has nothing yet.
            var target = ""
            let archive: [UInt8]
            let tar: [UInt8]

            func run() async throws -> StreamedReply {
                switch verb {
                case .pull: return try await daemon.pull("\(ImageFaultsKillTests.registry)/fault", tag: "1")
                case .load: return try await daemon.load(archive: archive)
                case .importing: return try await daemon.importing(tar, as: "\(ImageFaultsKillTests.registry)/fault")
                case .push: return try await daemon.push(target, tag: "1")
                case .remove: return StreamedReply(try await daemon.api.send("DELETE", "/images/\(name)"))
                }
            }

            /// Whether the verb is done, by what can be seen of it.
            func isDone() async throws -> Bool {
                switch verb {
                case .pull, .load, .importing: return try await daemon.isWhole(name, word: verb == .importing ? "root:x:0:" : "fault:1")
                case .push:
                    let raw = [
                        "skopeo", "--insecure-policy", "inspect", "--raw", "--tls-verify=false",
                        "docker://\(target):1",
                    ]
                    guard try await registry.run(raw).exitCode == 0 else { return false }
                    // Every blob that the manifest names must be there too.
                    let folder = try TemporaryDirectory("pushed")
                    try await registry.skopeo(
                        "copy", "--src-tls-verify=false", "docker://\(target):1", "dir:\(folder.path)")
                    return true
                case .remove: return try await !daemon.isWhole(name, word: "fault:1")
                }
            }

            /// The state in which the verb has everything to do.
            func reset() async throws {
                switch verb {
                case .pull, .load, .importing: _ = try await daemon.api.send("DELETE", "/images/\(name)?force=1")
                case .push: break
                case .remove:
                    if try await daemon.api.send("GET", "/images/\(name)/json").status != 200 {
                        try await daemon.load(archive: archive).succeeding()
                    }
                }
            }
        }

        @Test("every step of a verb", arguments: FaultLane.pick(Verb.allCases) { [.pull, .push, .remove].contains($0) })
        func steps(verb: Verb) async throws {
            try await RegistryFixture.with(.open) { registry in
                try await DaemonFixture.with(.init(network: registry.namespace)) { daemon in
                    let image = try FaultImage("fault:1")
                    let name = "\(Self.registry)/fault:1"
                    let work = Work(
                        registry: registry, daemon: daemon, verb: verb, name: name, archive: try await image.archive(name),
                        tar: try LayoutFolder.busyboxLayer())
                    try await prepare(work, image)
                    for fault in Self.faults(verb) {
                        do { try await expectSound(fault, work) } catch { throw TestFailure("\(fault): \(error)") }
                    }
                }
            }
        }

        /// The images that are there before: one that must stay as it is, and what push and remove work on.
        private func prepare(_ work: Work, _ image: FaultImage) async throws {
            try await work.daemon.load(archive: try await FaultImage("kept:1", noise: 50_000, seed: 2).archive("kept:1")).succeeding()
            try await image.publish(work.registry)
            // Pulled from the registry that it is pushed to, so that it asks for mounts.
            if work.verb == .push { try await work.daemon.pull("\(Self.registry)/fault", tag: "1").succeeding() }
        }

        /// For a push: the name to push, of an image that the registry can mount, or of one that it has never seen.
        private func preparePush(_ fault: Fault, _ work: Work) async throws {
            var source = work.name
            if fault.step == "upload" {
                source = "upload-\(fault.action):1"
                let fresh = try FaultImage(source, noise: 400_000, seed: fault.action == "kill" ? 31 : 32)
                try await work.daemon.load(archive: try await fresh.archive(source)).succeeding()
            }
            try await work.daemon.docker("tag", source, "\(work.target):1")
        }

        private func expectSound(_ fault: Fault, _ base: Work) async throws {
            let daemon = base.daemon
            var work = base
            work.target = "\(Self.registry)/pushed-\(fault.step)-\(fault.action)"
            if fault.verb == .push { try await preparePush(fault, work) }
            try await work.reset()
            // A name goes by itself where the image has another one.
            if fault.point == "image.remove.untag" { try await daemon.docker("tag", work.name, "another:1") }
            let before = try await daemon.look().visible
            try await daemon.stop()
            try await daemon.start(environment: ["WHARF_FAILPOINTS": fault.description])

            // A daemon that dies answers nothing, or half a reply.
            let reply = try? await work.run()
            if fault.action == "kill" {
                #expect(try await daemon.untilEnded() == 137, "\(fault): the place was not reached")
            } else {
                let error = try #require(reply?.error, "\(fault): it said that it was done")
                #expect(error.contains(fault.point) || error.contains("nput/output"), "\(fault): another error: \(error)")
                // Files whose removal fails wait for the next start.
                let violations = fault.verb == .remove ? [] : try await daemon.storeViolations()
                #expect(violations.isEmpty, "\(fault): before the restart: \(violations)")
                try await daemon.stop()
            }
            try await daemon.start()

            let violations = try await daemon.storeViolations()
            #expect(violations.isEmpty, "\(fault): \(violations)")
            #expect(try await daemon.isWhole("kept:1", word: "kept:1"), "\(fault): an image from before is gone")
            let isDone = try await work.isDone()
            if Verb.behind.contains(fault.step) && (fault.verb != .push || fault.step == "reply") {
                #expect(isDone, "\(fault): it stands behind the last step, and it was not done")
            }
            if !isDone {
                let after = try await daemon.look().visible
                #expect(after == before, "\(fault): half of it can be seen:\n\(after)\nbefore:\n\(before)")
            }
            if !isDone || fault.verb != .remove { try await work.run().succeeding() }
            #expect(try await work.isDone(), "\(fault): it can't be done again")
            if fault.point == "image.remove.untag" { try await daemon.docker("rmi", "another:1") }
            let last = try await daemon.storeViolations()
            #expect(last.isEmpty, "\(fault): after another attempt: \(last)")
            #expect(try await daemon.look().ingests.isEmpty, "\(fault): a finished download is still kept")
        }
    }
}
