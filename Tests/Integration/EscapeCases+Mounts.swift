// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// RT-06, RT-07: mount targets that lead out of the root, some of them only at the right moment.

import Foundation
import WharfLinux
import WharfOCI
import WharfTestKit

extension EscapeCase {
    static let mounts: [EscapeCase] =
        ["absolute", "relative", "folder", "deep", "chain"].flatMap { trick in
            [true, false].map { danglingTarget(trick, file: $0) }
        } + ["/../../../..", "/../canary", "/tmp/../../canary/made"].map(climbingTarget) + [workingDirectory, sourceBehindTarget]

    /// A target that does not exist yet, behind a link: it is made inside.
    private static func danglingTarget(_ trick: String, file: Bool) -> EscapeCase {
        EscapeCase("RT-07", "a \(file ? "file" : "folder") is mounted behind a link out of the root: \(trick)") { runtime in
            var bundle = try await EscapeBundle()
            var destination = "/out"
            switch trick {
            case "absolute": try bundle.root.symlink(bundle.canary + "/made", at: "out")
            case "relative": try bundle.root.symlink("../canary/made", at: "out")
            case "folder":
                try bundle.root.symlink(bundle.canary, at: "out")
                destination = "/out/made"
            case "deep":
                try bundle.root.symlink("../canary", at: "out")
                destination = "/out/a/b/c"
            default:
                try bundle.root.symlink("two/made", at: "out")
                try bundle.root.symlink("/three", at: "two")
                try bundle.root.symlink("../canary", at: "three")
                // For whoever takes the first link's target from the host's root.
                if runtime.kind == .naive {
                    try bundle.root.unlink("two")
                    try bundle.root.symlink("three", at: "two")
                }
            }
            try (bundle.bundle / "given").mkdir()
            try (bundle.bundle / "given/file").writeAtomically(Array("inside\n".utf8), durable: false)
            bundle.spec.mounts.append(
                Mount(
                    destination: destination, type: "bind", source: bundle.temporary.path(file ? "given/file" : "given"), options: ["rbind"]
                ))
            let result = try await bundle.run(runtime, "cat \(destination)\(file ? "" : "/file")")
            if let touched = try bundle.touched() { return touched }
            if result.exitCode != 0 { return try bundle.refused(result) }
            return result.lines == ["inside"] ? nil : "something else was mounted: \(result)"
        }
    }

    /// A destination that climbs.
    private static func climbingTarget(_ destination: String) -> EscapeCase {
        EscapeCase("RT-07", "the destination \(destination)", provable: destination.contains("made")) { runtime in
            var bundle = try await EscapeBundle()
            try (bundle.bundle / "given").mkdir()
            bundle.spec.mounts.append(
                Mount(destination: destination, type: "bind", source: bundle.temporary.path("given"), options: ["rbind"]))
            let result = try await bundle.run(runtime, "echo \(EscapeBundle.ran)")
            if let touched = try bundle.touched() { return touched }
            return result.out.contains(EscapeBundle.ran) ? nil : try bundle.refused(result)
        }
    }

    /// A working directory that is made is made inside.
    private static let workingDirectory = EscapeCase("RT-07", "a cwd behind a link out of the root", provable: false) { runtime in
        var bundle = try await EscapeBundle()
        try bundle.root.symlink(bundle.canary, at: "out")
        bundle.spec.process.cwd = "/out/made"
        let result = try await bundle.run(runtime, "pwd")
        if let touched = try bundle.touched() { return touched }
        return result.exitCode == 0 ? nil : try bundle.refused(result)
    }

    /// The first mount's target leads to where the second one's source is, which the attacker's volume then answers.
    private static let sourceBehindTarget = EscapeCase("RT-06", "a mount over the folder that a later mount's source is in") { runtime in
        var bundle = try await EscapeBundle()
        for folder in ["volume", "trusted/data"] { try (bundle.bundle / folder).mkdir() }
        try RootFD(try (bundle.bundle / "volume").openDirectory()).symlink(bundle.canary, at: "data")
        try bundle.root.symlink(bundle.temporary.path("trusted"), at: "out")
        bundle.spec.mounts += [
            Mount(destination: "/out", type: "bind", source: bundle.temporary.path("volume"), options: ["rbind"]),
            Mount(destination: "/inner", type: "bind", source: bundle.temporary.path("trusted/data"), options: ["rbind"]),
        ]
        let result = try await bundle.run(runtime, "cat /inner/secret")
        if let touched = try bundle.touched() { return touched }
        return result.out.contains(EscapeBundle.secret) ? "the host's file was mounted" : nil
    }

    static let races: [EscapeCase] = ["folder", "file"].map(exchangedTarget)

    /// A neighbour exchanges the mount's target with a link, over and over, while containers start.
    private static func exchangedTarget(_ kind: String) -> EscapeCase {
        EscapeCase("RT-06", "the \(kind) that is mounted on is exchanged with a link, \(EscapeRuntime.races) times", isRace: true) {
            runtime in
            var bundle = try await EscapeBundle()
            for folder in ["shared/a", "volume", "trusted/data"] { try (bundle.bundle / folder).mkdir() }
            let shared = RootFD(try (bundle.bundle / "shared").openDirectory())
            // Inside the container the link is nothing; for the host it is the folder of the next mount's source.
            try shared.symlink(bundle.temporary.path("trusted"), at: "b")
            try RootFD(try (bundle.bundle / "volume").openDirectory()).symlink(bundle.canary, at: "data")
            bundle.spec.mounts += [
                Mount(destination: "/shared", type: "bind", source: bundle.temporary.path("shared"), options: ["rbind"]),
                Mount(
                    destination: kind == "file" ? "/shared/a/made" : "/shared/a", type: "bind",
                    source: kind == "file" ? bundle.temporary.path("canary/secret") : bundle.temporary.path("volume"), options: ["rbind"]),
                Mount(destination: "/inner", type: "bind", source: bundle.temporary.path("trusted/data"), options: ["rbind"]),
            ]
            let swapper = try ChildProcess(
                ["/usr/bin/python3", Programs.project + "/Tests/Escape/exchange.py", bundle.temporary.path("shared")], streams: .pipes)
            defer { swapper.signal(SIGKILL) }
            try await swapper.output.wait(for: "exchanging")
            let mounts = Leftovers.mounts().count
            for round in 0..<EscapeRuntime.races {
                let result = try await bundle.run(runtime, "cat /inner/secret; echo \(EscapeBundle.ran)")
                if let touched = try bundle.touched() { return "round \(round): \(touched)" }
                if result.out.contains(EscapeBundle.secret) { return "round \(round): the host's file was mounted" }
                if try !(bundle.bundle / "trusted").entries().allSatisfy({ $0.name == Array("data".utf8) }) {
                    return "round \(round): something was made on the host"
                }
                if Leftovers.mounts().count > mounts { return "round \(round): a mount on the host" }
                // An exchange in the middle may be an error, never a crash.
                if !result.out.contains(EscapeBundle.ran), runtime.kind != .naive { _ = try bundle.refused(result) }
            }
            return nil
        }
    }
}
