// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the machine is and offers, read once when the daemon starts: for info, version, and the checks at create.

import Glibc
import WharfLinux

/// The machine.
public struct HostFacts: Sendable, Equatable {
    /// `/proc/sys/kernel/random/boot_id`: pids of another boot mean nothing.
    public var bootID = ""
    public var hostname = ""
    /// `6.18.0-…`
    public var kernelVersion = ""
    /// `x86_64`, as uname(2) says.
    public var machine = ""
    /// PRETTY_NAME of /etc/os-release.
    public var operatingSystem = "Linux"
    /// VERSION_ID.
    public var osVersion = ""
    /// Online processors.
    public var processors = 1
    /// Online processors in the kernel's list form: `0-3`.
    public var processorList = ""
    /// Bytes.
    public var memory: Int64 = 0
    public var forwardsIPv4 = false
    public var cgroups = Cgroups()

    /// What the control groups offer.
    public struct Cgroups: Sendable, Equatable {
        /// cgroup v2 alone; hybrid counts as v1.
        public var isUnified = false
        public var hasMemory = false
        public var hasSwap = false
        public var hasPids = false
        public var hasCPU = false
        public var hasCpuset = false

        /// Nothing.
        public init() {}
    }

    /// Nothing known.
    public init() {}

    /// Docker's name of the architecture: `amd64`.
    public var architecture: String {
        switch machine {
        case "x86_64": "amd64"
        case "aarch64": "arm64"
        case "i386", "i686": "386"
        case "armv7l", "armv6l": "arm"
        default: machine
        }
    }

    /// Reads the machine. Blocking, once; what can't be read stays empty or false.
    public static func read() -> HostFacts {
        var name = utsname()
        uname(&name)
        var facts = HostFacts()
        facts.bootID = line("/proc/sys/kernel/random/boot_id")
        facts.hostname = string(of: name.nodename)
        facts.kernelVersion = string(of: name.release)
        facts.machine = string(of: name.machine)
        let release = osRelease(text("/etc/os-release"))
        facts.operatingSystem = release["PRETTY_NAME"] ?? release["NAME"] ?? "Linux"
        facts.osVersion = release["VERSION_ID"] ?? ""
        facts.processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        facts.processorList = line("/sys/devices/system/cpu/online")
        facts.memory = memoryTotal(text("/proc/meminfo"))
        facts.forwardsIPv4 = line("/proc/sys/net/ipv4/ip_forward") == "1"
        facts.cgroups = readCgroups()
        return facts
    }

    private static func readCgroups() -> Cgroups {
        var cgroups = Cgroups()
        let unified = text("/sys/fs/cgroup/cgroup.controllers")
        if !unified.isEmpty {
            let controllers = Set(unified.split(whereSeparator: \.isWhitespace).map(String.init))
            cgroups.isUnified = true
            cgroups.hasMemory = controllers.contains("memory")
            cgroups.hasSwap = controllers.contains("memory") && exists("/proc/swaps")
            cgroups.hasPids = controllers.contains("pids")
            cgroups.hasCPU = controllers.contains("cpu")
            cgroups.hasCpuset = controllers.contains("cpuset")
        } else {
            cgroups.hasMemory = exists("/sys/fs/cgroup/memory/memory.limit_in_bytes")
            cgroups.hasSwap = exists("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes")
            cgroups.hasPids = exists("/sys/fs/cgroup/pids/cgroup.procs")
            cgroups.hasCPU = exists("/sys/fs/cgroup/cpu/cgroup.procs")
            cgroups.hasCpuset = exists("/sys/fs/cgroup/cpuset/cpuset.cpus")
        }
        return cgroups
    }

    /// `KEY=value` and `KEY="value"` lines.
    static func osRelease(_ text: String) -> [String: String] {
        var values: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { continue }
            var value = parts[1]
            if let quote = value.first, quote == "\"" || quote == "'", value.last == quote, value.count > 1 {
                value = value.dropFirst().dropLast()
            }
            values[String(parts[0])] = String(value)
        }
        return values
    }

    /// `MemTotal:  16384 kB` in bytes.
    static func memoryTotal(_ text: String) -> Int64 {
        for line in text.split(separator: "\n") where line.hasPrefix("MemTotal:") {
            let words = line.split(separator: " ")
            if words.count >= 2, let kilobytes = Int64(words[1]) { return kilobytes * 1024 }
        }
        return 0
    }

    private static func string<Bytes>(of field: Bytes) -> String {
        withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private static func exists(_ path: String) -> Bool {
        // Unreadable counts as absent: it can't be used either.
        (try? HostPath(path).exists()) == true
    }

    /// A small file; empty where there is none.
    private static func text(_ path: String) -> String {
        guard let bytes = try? HostPath(path).read(limit: 1 << 20) else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func line(_ path: String) -> String {
        text(path).split(separator: "\n").first.map(String.init) ?? ""
    }
}
