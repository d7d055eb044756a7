// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The default profile: what the filter forbids, asked by a program that makes the calls (RT-20), and what of /proc and /sys
// is hidden (RT-21).

import Foundation
import Testing
import WharfJSON
import WharfTestKit

extension Integration {
    @Suite("Default profile", .containers, .daemon)
    struct OptionTestsDefaults {
        let daemon: DaemonFixture
        private let folder: TemporaryDirectory

        init() throws {
            daemon = try theDaemon()
            folder = try TemporaryDirectory("probe")
        }

        /// Builds the prober, unless WHARF_PROBER names one that is built, and runs it in a container: each call with its
        /// errno, or `signal N`.
        private func probe(_ which: String, _ options: [String] = []) async throws -> [(call: String, verdict: String)] {
            let program = ProcessInfo.processInfo.environment["WHARF_PROBER"] ?? folder.path("system-calls")
            if !FileManager.default.fileExists(atPath: program) {
                let source = Programs.project + "/Tests/Programs/system-calls.c"
                try await CommandLine.run("clang", ["-O1", "-static", "-Wall", "-Wextra", "-Werror", "-o", program, source]).expecting()
            }
            let result = try await daemon.runOnce(
                .docker, options: options + ["-v", "\(program):/probe:ro"], ["/probe", which])
            return try result.expecting().lines.map { line in
                let parts = line.components(separatedBy: ": ")
                guard parts.count == 2 else { throw TestFailure("the prober said \(line)") }
                return (parts[0], parts[1])
            }
        }

        /// Debian's dockerd 20.10 lets five of them through: its filter is of 2020.
        @Test("RT-20: the filter forbids 60 calls and more, for root in a container too", .enabled(if: Programs.reference == nil))
        func denied() async throws {
            let verdicts = try await probe("denied")
            #expect(verdicts.count >= 60)
            for (call, verdict) in verdicts {
                let isNew = call == "clone3" || call.hasPrefix("unknown")
                #expect(verdict == (isNew ? "38" : "1"), "\(call) answered \(verdict)")
            }
        }

        @Test("RT-20 is the filter's doing: without it the kernel itself finds fault with the arguments only")
        func unfiltered() async throws {
            let options =
                ["--security-opt", "seccomp=unconfined"]
                + [
                    "SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE", "SYS_RAWIO", "SYS_TIME",
                    "SYS_BOOT", "SYS_PACCT", "SYS_NICE", "SYSLOG", "SYS_TTY_CONFIG", "DAC_READ_SEARCH",
                ].flatMap { ["--cap-add", $0] }
            let verdicts = try await probe("denied", options)
            let permitted = verdicts.filter { $0.verdict != "1" }
            #expect(permitted.count >= 60, "\(verdicts.filter { $0.verdict == "1" })")
        }

        @Test("calls that Docker's newest profile allows reach the kernel", .enabled(if: Programs.reference == nil))
        func allowed() async throws {
            for (call, verdict) in try await probe("allowed") {
                #expect(verdict != "1", "\(call) answered \(verdict)")
                if call == "uretprobe" { #expect(verdict == "signal 4") }
            }
        }

        @Test("a capability brings its calls with it", .enabled(if: Programs.reference == nil))
        func withCapabilities() async throws {
            let admin = Dictionary(try await probe("denied", ["--cap-add", "SYS_ADMIN"]).map { ($0.call, $0.verdict) }) { first, _ in first
            }
            for call in ["mount", "fsopen", "setns", "clone newuts", "bpf", "perf_event_open", "quotactl"] {
                #expect(admin[call] != "1", "\(call)")
            }
            // The profile allows clone3 then, so the C library need not fall back.
            #expect(admin["clone3"] != "38" && admin["clone3"] != "1")
            for call in ["keyctl", "io_uring_setup", "userfaultfd", "kexec_load", "swapon", "reboot", "init_module", "open_tree_attr"] {
                #expect(admin[call] == "1", "\(call)")
            }
            let nice = Dictionary(try await probe("denied", ["--cap-add", "SYS_NICE"]).map { ($0.call, $0.verdict) }) { first, _ in first }
            #expect(nice["mbind"] != "1" && nice["mount"] == "1")
        }

        @Test("RT-21: what tells of the machine's other work is hidden", .enabled(if: Programs.reference == nil))
        func hidden() async throws {
            let name = try await daemon.runBeside(.docker, "hidden")
            let host = try await daemon.inspect(name)["HostConfig"]
            let masked = (host?["MaskedPaths"]?.array ?? []).compactMap(\.string)
            let always = [
                "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
                "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
            ]
            #expect(masked.starts(with: always))
            let folder = "/sys/devices/system/cpu"
            let throttles = try FileManager.default.contentsOfDirectory(atPath: folder).filter { name in
                name.hasPrefix("cpu") && Int(name.dropFirst(3)) != nil
                    && FileManager.default.fileExists(atPath: "\(folder)/\(name)/thermal_throttle")
            }
            #expect(Set(masked.dropFirst(always.count)) == Set(throttles.map { "\(folder)/\($0)/thermal_throttle" }))
            #expect(
                (host?["ReadonlyPaths"]?.array ?? []).compactMap(\.string)
                    == ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"])
            let script =
                "for p in \(masked.joined(separator: " ")); do [ -e $p ] || continue; [ -d $p ] && ls -A $p || cat $p; done | wc -c"
            #expect(try await daemon.docker("exec", name, "sh", "-c", script).out == "0")
        }
    }
}
