// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Bad command lines, bad files in the place of config.json, and bad processes for exec: one error, no waiting, and nothing
// made or removed that is not the container's.

import Foundation
import Glibc
import Testing
import WharfLinux
import WharfTestKit

extension Integration {
    @Suite("Bad calls of the runtime", .enabled(if: EscapeRuntime.isAvailable, "needs root, busybox and the static wharf-runtime"))
    struct BadCallTests {
        /// What lies in the bundle under the name config.json.
        enum Document: String, CaseIterable, CustomTestStringConvertible {
            case missing = "nothing", folder = "a folder", fifo = "a FIFO that nobody writes to", dangling = "a link to nothing"
            case loop = "a link to itself", zeros = "a link to /dev/zero", socket = "a socket", noBundle = "no bundle at all"
            case file = "a bundle that is a file"

            var testDescription: String { rawValue }
        }

        @Test("what is no config.json is an error at once", arguments: Document.allCases, ["run", "create"])
        func document(document: Document, verb: String) async throws {
            let bundle = try await EscapeBundle()
            let runtime = try EscapeRuntime.make(.wharf)
            let (path, folder) = (bundle.temporary.path("config.json"), RootFD(try bundle.bundle.openDirectory()))
            var place = bundle.temporary.path
            switch document {
            case .missing: break
            case .folder: try folder.mkdir("config.json", permissions: 0o755)
            case .fifo: try folder.mknod("config.json", kind: .fifo, permissions: 0o644, device: DeviceNumber(major: 0, minor: 0))
            case .dangling: try folder.symlink("nothing", at: "config.json")
            case .loop: try folder.symlink("config.json", at: "config.json")
            case .zeros: try folder.symlink("/dev/zero", at: "config.json")
            case .socket: try folder.mknod("config.json", kind: .socket, permissions: 0o644, device: DeviceNumber(major: 0, minor: 0))
            case .noBundle: place = bundle.temporary.path("no/such/bundle")
            case .file: place = bundle.temporary.path("canary/secret")
            }
            let before = try groups()
            let result = try await runtime.quiet([verb, "--bundle", place, bundle.name], bundle)
            #expect(result.exitCode == 1, "\(result)")
            #expect(result.err.contains("config.json") || result.err.contains(place), "\(result)")
            #expect(runtime.states().isEmpty && bundle.processes().isEmpty, "\(path): something is left")
            #expect(try !groups().subtracting(before).contains { $0.contains(bundle.name) })
            #expect(try bundle.touched() == nil)
        }

        /// Names that are no container's, most of them ways to somewhere else.
        private static let names = [
            "", ".", "..", "../canary", "../../canary", "/canary", "a/../../canary", "canary/", "./canary", "a\nb", "ä", "%2e%2e",
            String(repeating: "x", count: 300), String(repeating: "../", count: 60) + "etc",
        ]

        @Test("a name that is no container's reaches no folder, whatever the verb")
        func identifiers() async throws {
            let bundle = try await EscapeBundle()
            try bundle.writeConfig()
            let runtime = try EscapeRuntime.make(.wharf)
            // The root's own neighbours are the canary's folder and whatever else lies in the bundle.
            let root = bundle.temporary.path("state")
            for name in Self.names {
                for words in [
                    ["create", "--bundle", bundle.temporary.path, name], ["run", "--bundle", bundle.temporary.path, name], ["start", name],
                    ["state", name], ["kill", name, "KILL"], ["delete", name], ["delete", "--force", name], ["exec", name, "true"],
                    ["ps", name], ["pause", name], ["resume", name], ["update", "--pids-limit", "5", name], ["events", "--stats", name],
                ] {
                    let result = try await runtime.call(["--root", root] + words)
                    // Of a container that isn't there, `delete --force` says nothing, as runc's.
                    if words.contains("--force") && result.exitCode == 0 { continue }
                    #expect(result.exitCode != 0 && result.exitCode < 128 || result.exitCode == 255, "\(words): \(result)")
                    #expect(!result.err.isEmpty && result.out.isEmpty, "\(words): \(result)")
                }
                #expect(try bundle.touched() == nil, "\(name)")
                #expect(((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).isEmpty, "\(name) left its state")
            }
            #expect(bundle.processes().isEmpty)
        }

        /// Flags of exec, or a document for `--process`, and what the error says.
        private static let processes: [(flags: [String], document: String?, says: String)] = [
            (["--cap", "CAP_MAGIC"], nil, "cap_magic"), (["--cap", ""], nil, "capability"),
            (["--user", "4294967296"], nil, "uids and gids"),
            (["--user", "-1"], nil, "-1"), (["--user", "0:0:0"], nil, "0:0"), (["--user", "nobody-at-all"], nil, "nobody-at-all"),
            (["--additional-gids", "-5"], nil, "-5"), (["--cwd", "relative"], nil, "cwd"), (["--cwd", "/etc/passwd"], nil, "/etc/passwd"),
            (["--cwd", "/proc/self/fd/3"], nil, "/proc/self/fd/3"), (["--cgroup", "../.."], nil, "../.."),
            (["--cgroup", "pids:../.."], nil, "../.."), (["--cgroup", "magic:/"], nil, "magic"),
            (["--preserve-fds", "-1"], nil, "preserve-fds"),
            (["--preserve-fds", "1000000"], nil, "preserve"), (["--apparmor", "docker-default"], nil, "apparmor"),
            (["--process-label", "a:b:c:d"], nil, "selinux"), (["--console-socket", "/nowhere"], nil, "console"),
            (["--magic"], nil, "magic"), ([], "", "json"), ([], "{", "json"), ([], "[]", "expected"), ([], #"{"args":[]}"#, "no arguments"),
            ([], #"{"args":["true"],"args":["sh"]}"#, "stands twice"), ([], #"{"args":["true"],"cwd":"x"}"#, "cwd"),
            ([], #"{"args":["true"],"cwd":"/","user":{"uid":-1}}"#, "user.uid"),
            ([], #"{"args":["true"],"cwd":"/","capabilities":{"effective":["CAP_MAGIC"]}}"#, "cap_magic"),
            ([], #"{"args":["true"],"cwd":"/","rlimits":[{"type":"RLIMIT_MAGIC","soft":1,"hard":1}]}"#, "rlimit_magic"),
            ([], #"{"args":["true"],"cwd":"/","env":["A\u0000=1"]}"#, "environment"),
            ([], #"{"args":["true"],"cwd":"/","oomScoreAdj":5000}"#, "oomscoreadj"),
            ([], #"{"args":["true"],"cwd":"/","x":"\#(String(repeating: "x", count: 5 << 20))"}"#, "process.json"),
        ]

        @Test("a bad process is refused, and the container stays as it is")
        func exec() async throws {
            let runtime = try EscapeRuntime.make(.wharf)
            let finding = try await EscapeCase.withRunning(runtime, EscapeBundle()) { bundle in
                let inside = bundle.processes()
                for (flags, document, says) in Self.processes {
                    var words = ["exec"] + flags
                    if let document {
                        try (bundle.bundle / "process.json").writeAtomically(Array(document.utf8), durable: false)
                        words += ["--process", bundle.temporary.path("process.json"), bundle.name]
                    } else {
                        words += [bundle.name, "true"]
                    }
                    let result = try await runtime.call(words)
                    let name = "\(flags) \(document?.prefix(100) ?? "")"
                    #expect(result.exitCode != 0 && result.exitCode <= 255 && result.exitCode != 139, "\(name): \(result)")
                    #expect(result.err.lowercased().contains(says), "\(name) should be told with '\(says)': \(result.err)")
                    #expect(result.out.isEmpty && result.err.utf8.count < 4096, "\(name): \(result)")
                    #expect(bundle.processes() == inside, "\(name)")
                }
                // And a good one still runs.
                let result = try await runtime.call(["exec", bundle.name, "echo", "fine"])
                #expect(result.lines == ["fine"], "\(result)")
                return try bundle.touched()
            }
            #expect(finding == nil)
        }

        /// All control groups of the host, at most three levels deep.
        private func groups() throws -> Set<String> {
            var found: Set<String> = []
            func walk(_ path: String, _ depth: Int) {
                for entry in (try? HostPath(path).entries()) ?? [] where entry.kind == .directory {
                    let child = "\(path)/\(String(decoding: entry.name, as: UTF8.self))"
                    found.insert(child)
                    if depth > 1 { walk(child, depth - 1) }
                }
            }
            walk("/sys/fs/cgroup", 3)
            return found
        }
    }
}
