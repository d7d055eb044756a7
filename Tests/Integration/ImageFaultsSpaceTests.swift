// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A disk that fills up while an image comes: the data root is a small ext4 of the test's own, with less and less room left.
// Each verb then says so, shows nothing half, and gives back what it took; with room again it works.

import Foundation
import Testing
import WharfJSON
import WharfTestKit

extension Integration {
    @Suite(
        "Image faults: no space", .containers,
        .enabled(if: RegistryFixture.isHere && Programs.reference == nil, "needs docker-registry (scripts/bootstrap)"))
    struct ImageFaultsSpaceTests {
        static let registry = RegistryFixture.Door.open.address
        enum Verb: String, Sendable, CaseIterable { case pull, load, importing = "import" }

        /// Free kilobytes at the verb's start. The image is 9 MB of noise and 2 MB of busybox, each once packed and once not.
        static let budgets = FaultLane.pick([64, 256, 512, 1024, 2048, 3072, 4096, 6144, 8192, 10240, 12288, 16384]) {
            $0 == 2048
        }

        @Test(
            "a full disk: a clear error, nothing half, and the space comes back",
            arguments: FaultLane.pick(Verb.allCases) { $0 == .pull }
        )
        func fullDisk(verb: Verb) async throws {
            try await RegistryFixture.with(.open) { registry in
                let disk = registry.folder.path("disk.img")
                try await CommandLine.run("sh", ["-c", "truncate -s 64M \(disk) && mke2fs -q -t ext4 -m 0 \(disk)"]).expecting(0)
                let mount = "mkdir -p \"$ROOT\" && mount -o loop \(disk) \"$ROOT\""
                try await DaemonFixture.with(.init(network: registry.namespace, prelude: mount)) { daemon in
                    let image = try FaultImage("space:1", noise: 9 << 20)
                    try await image.publish(registry)
                    let name = "\(Self.registry)/space:1"
                    let archive = verb == .load ? try await image.archive(name) : []
                    let tar = try LayoutFolder.busyboxLayer([.init("etc/word", "space:1\n")])
                    let large = verb == .importing ? Array(LayoutFolder.noise("noise", count: 9 << 20, seed: 5).dropLast(1024)) + tar : []
                    let run = { () async throws -> StreamedReply in
                        switch verb {
                        case .pull: try await daemon.pull("\(Self.registry)/space", tag: "1")
                        case .load: try await daemon.load(archive: archive)
                        case .importing: try await daemon.importing(large, as: "\(Self.registry)/space")
                        }
                    }
                    try await daemon.load(archive: try await FaultImage("kept:1", noise: 50_000, seed: 2).archive("kept:1")).succeeding()
                    var failures = 0
                    for budget in Self.budgets {
                        do {
                            failures += try await expectSound(daemon, verb, budget: budget << 10, name: name, run) ? 0 : 1
                        } catch {
                            throw TestFailure("\(verb) with \(budget) KiB free: \(error)")
                        }
                    }
                    #expect(failures > 0, "the disk was never full")
                    try await run().succeeding()
                    #expect(try await daemon.isWhole(name, word: "space:1"))
                    #expect(try await daemon.storeViolations().isEmpty)
                }
            }
        }

        /// One attempt with `budget` bytes free. - Returns: whether there was room enough.
        private func expectSound(
            _ daemon: DaemonFixture, _ verb: Verb, budget: Int, name: String, _ run: () async throws -> StreamedReply
        ) async throws -> Bool {
            let before = try await daemon.look().visible
            let filler = daemon.seen("\(daemon.root)/filler")
            let space = try freeBytes(daemon)
            try await CommandLine.run("fallocate", ["-l", "\(space - budget)", filler]).expecting(0)
            let free = try freeBytes(daemon)
            let reply = try await run()
            let fits = reply.error == nil
            if let error = reply.error {
                #expect(
                    error.contains("no space left on device") || error.contains("No space left on device"), "\(verb), \(budget): \(error)")
                let after = try await daemon.look().visible
                #expect(after == before, "\(verb), \(budget): \(after)")
                // What the database's log and the directories' blocks take stays theirs.
                let lost = free - (try freeBytes(daemon))
                #expect(lost < 1 << 20, "\(verb), \(budget): \(lost) bytes are gone")
            }
            let violations = try await daemon.storeViolations()
            #expect(violations.isEmpty, "\(verb), \(budget): \(violations)")
            #expect(try await daemon.api.send("GET", "/_ping").status == 200)
            try FileManager.default.removeItem(atPath: filler)
            #expect(try await daemon.isWhole("kept:1", word: "kept:1"))
            if fits {
                #expect(try await daemon.isWhole(name, word: "space:1"))
                try await daemon.docker("rmi", name)
            }
            return fits
        }

        private func freeBytes(_ daemon: DaemonFixture) throws -> Int {
            var status = statvfs()
            let path = daemon.seen(daemon.root)
            guard statvfs(path, &status) == 0 else { throw TestFailure("statvfs \(path): \(String(cString: strerror(errno)))") }
            return Int(status.f_bavail) * Int(status.f_frsize)
        }
    }
}
