// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// RT-06 and RT-07: containers that are started while somebody exchanges a directory in one of their volumes for a link
// that leads out. `make test` starts a few; WHARF_RACE_STARTS=10000 is the number for a release.

import Foundation
import Glibc
import Synchronization
import Testing
import WharfLinux
import WharfOCI
import WharfRuntime
import WharfTestKit

@Suite("Races for a mount's target", .enabled(if: BundleFixture.canRun), .serialized)
struct RootfsRaceTests {
    private static let starts = ProcessInfo.processInfo.environment["WHARF_RACE_STARTS"].flatMap { Int($0) } ?? 40

    @Test(
        "no mount and no file lands outside of the root",
        arguments: [["/", "../../../../../../.."], ["canary", "../canary"], ["../../canary", "/proc/self/root"], ["/proc", "/sys"]])
    func swapped(targets: [String]) async throws {
        var fixture = try await BundleFixture()
        let mark = "mark-\(fixture.temporary.path.split(separator: "-").last ?? "x")"
        try (fixture.bundle / "volume/a").mkdir()
        try (fixture.bundle / "source").writeAtomically(Array("inside\n".utf8), durable: false)
        fixture.spec.mounts += [
            Mount(destination: "/volume", type: "bind", source: "volume", options: ["rbind", "rprivate"]),
            Mount(destination: "/volume/a/\(mark)", type: "tmpfs", source: mark, options: ["size=4k"]),
            Mount(destination: "/volume/a/file-\(mark)", type: "bind", source: "source", options: ["bind"]),
        ]
        fixture.spec.process.args = ["grep", "-c", mark, "/proc/self/mountinfo"]
        // One link after the other stands where the mounts go through.
        let volume = RootFD(try (fixture.bundle / "volume").openDirectory())
        let links = targets.map { $0.hasSuffix("canary") && !$0.hasPrefix("..") ? fixture.temporary.path($0) : $0 }
        for (index, link) in links.enumerated() { try volume.symlink(link, at: "link\(index)") }
        try (fixture.bundle / "config.json").writeAtomically(Bundle.encode(fixture.spec), durable: false)

        let canary = try DirectoryWatch(fixture.bundle / "canary")
        let swapper = Swapper(volume.directory, links: links.count)
        let (ran, refused) = try await start(fixture, Self.starts / 4)
        swapper.stop()

        #expect(try !canary.descriptor.waitReadable(timeout: .zero), "something was made in the canary")
        #expect(try (fixture.bundle / "canary").entries().isEmpty)
        for name in [mark, "file-\(mark)"] { #expect(try !HostPath("/\(name)").exists()) }
        let mounted = try HostPath("/proc/self/mountinfo").read(limit: 16 << 20)
        #expect(!mounted.contains(Array(mark.utf8)), "a mount is to be seen on the host")
        #expect(swapper.swaps > 0 && ran + refused == Self.starts / 4)
        print("race \(targets): \(ran) ran, \(refused) were refused, \(swapper.swaps) swaps")
    }

    /// Starts containers; each must see both of its mounts, or be refused with the mount's name.
    private func start(_ fixture: BundleFixture, _ count: Int) async throws -> (ran: Int, refused: Int) {
        let program = try #require(BundleFixture.program)
        var (ran, refused) = (0, 0)
        for _ in 0..<count {
            let result = try await CommandLine.run(
                program, ["--root", fixture.temporary.path("state"), "run", "--bundle", fixture.temporary.path, "c1"])
            if result.exitCode == 0 {
                // Mounted outside of the root they would be gone with the host's tree.
                #expect(result.lines == ["2"], "\(result)")
                ran += 1
            } else {
                #expect(result.reason.contains("to rootfs at \"/volume/a/"), "\(result)")
                refused += 1
            }
        }
        return (ran, refused)
    }
}

/// Exchanges the directory `a` for each of the links in turn, as fast as it can.
private final class Swapper: Sendable {
    private let isStopped = Atomic(false)
    private let count = Atomic(0)

    /// How often it has exchanged them.
    var swaps: Int { count.load(ordering: .relaxed) }

    /// renameat2, which the Glibc module doesn't show.
    private typealias Rename = @convention(c) (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32) -> Int32

    init(_ directory: Descriptor, links: Int) {
        guard let symbol = dlsym(nil, "renameat2") else { return }
        let rename = unsafeBitCast(symbol, to: Rename.self)
        Thread.detachNewThread { [self] in
            var turn = 0
            while !isStopped.load(ordering: .relaxed) {
                let link = "link\(turn % links)"
                // There and back, so that every link has its turn.
                for _ in 0..<2 where rename(directory.raw, "a", directory.raw, link, 2 /* RENAME_EXCHANGE */) == 0 {
                    count.add(1, ordering: .relaxed)
                }
                turn += 1
            }
        }
    }

    func stop() { isStopped.store(true, ordering: .relaxed) }
}
