// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the machine is and offers, read once when the daemon starts: for info, version, and the checks at create.

import Glibc
import WharfLinux
public import WharfOCI

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
    /// Bytes.
    public var memory: Int64 = 0
    public var forwardsIPv4 = false
    public var cgroups = Cgroups()
    /// The processors' throttle counters: /sys/devices/system/cpu/cpuN/thermal_throttle.
    public var thermalPaths: [String] = []
    /// What the daemon may hand out: its own bounding set.
    public var capabilities = Capability.allCases
    /// The kernel confines by AppArmor profiles.
    public var hasAppArmor = false
    /// The kernel confines by SELinux labels.
    public var hasSELinux = false

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
        facts.memory = memoryTotal(text("/proc/meminfo"))
        facts.forwardsIPv4 = line("/proc/sys/net/ipv4/ip_forward") == "1"
        facts.cgroups = readCgroups()
        facts.thermalPaths = SystemPaths.thermal()
        facts.capabilities = CapabilityChoice.available
        facts.hasAppArmor = line("/sys/module/apparmor/parameters/enabled") == "Y"
        facts.hasSELinux = exists("/sys/fs/selinux/enforce")
        return facts
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

    static func exists(_ path: String) -> Bool {
        // Unreadable counts as absent: it can't be used either.
        (try? HostPath(path).exists()) == true
    }

    /// A small file; empty where there is none.
    static func text(_ path: String) -> String {
        guard let bytes = try? HostPath(path).read(limit: 1 << 20) else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func line(_ path: String) -> String {
        text(path).split(separator: "\n").first.map(String.init) ?? ""
    }
}
