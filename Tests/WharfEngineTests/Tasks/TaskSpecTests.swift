// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// From plain values to the OCI specification: Docker's defaults, and what each option changes.

import Testing
import WharfError
import WharfJSON
import WharfOCI

@testable import WharfEngine

@Suite struct TaskSpecTests {
    private let v1 = TaskHost(hasUnifiedCgroups: false, thermalPaths: ["/sys/devices/system/cpu/cpu0/thermal_throttle"])
    private let v2 = TaskHost(hasUnifiedCgroups: true)

    private func spec(_ change: (inout TaskSpec) -> Void = { _ in }) -> TaskSpec {
        var spec = TaskSpec(containerID: "abc", process: TaskProcess(arguments: ["true"]))
        change(&spec)
        return spec
    }

    @Test func defaults() throws {
        let made = try spec().runtimeSpec(on: v1, exitPath: "/x/exit")
        #expect(made.linux.namespaces.map(\.type) == ["mount", "network", "uts", "pid", "ipc"])
        #expect(made.linux.cgroupsPath == "/wharf/abc")
        #expect(made.process.cwd == "/")
        #expect(made.process.capabilities.bounding.count == 14)
        #expect(made.process.capabilities.inheritable.isEmpty && made.process.capabilities.ambient.isEmpty)
        #expect(made.linux.maskedPaths.contains("/proc/kcore") && made.linux.maskedPaths.last?.hasSuffix("thermal_throttle") == true)
        #expect(made.linux.readonlyPaths.contains("/proc/sys"))
        #expect(made.mounts.map(\.destination) == ["/proc", "/dev", "/dev/pts", "/sys", "/sys/fs/cgroup", "/dev/shm", "/dev/mqueue"])
        #expect(made.linux.resources.devices.first == .init(allow: false))
        #expect(made.linux.resources.memory == .init() && made.linux.resources.pids.limit == nil)
        #expect(made.annotations[TaskSpec.exitAnnotation] == "/x/exit")
        // It can be read again: adoption and the maker do.
        #expect(try JSON.decode(RuntimeSpec.self, from: JSON.encode(made)) == made)
    }

    @Test func cgroupNamespaceIsDockersDefault() throws {
        #expect(try spec().runtimeSpec(on: v2).linux.namespaces.contains(.init("cgroup")))
        #expect(try !spec().runtimeSpec(on: v1).linux.namespaces.contains(.init("cgroup")))
        #expect(try spec { $0.cgroupNamespace = .new }.runtimeSpec(on: v1).linux.namespaces.contains(.init("cgroup")))
    }

    @Test func namespacesCanBeSharedOrJoined() throws {
        let made = try spec {
            $0.networkNamespace = .host
            $0.pidNamespace = .path("/proc/7/ns/pid")
        }.runtimeSpec(on: v1)
        #expect(!made.linux.namespaces.contains { $0.type == "network" })
        #expect(made.linux.namespaces.contains(.init("pid", path: "/proc/7/ns/pid")))
        #expect(made.mounts.first { $0.destination == "/sys" }?.type == "sysfs")
        // A name belongs to a uts namespace of the container's own.
        let named = try spec {
            $0.hostname = "box"
            $0.utsNamespace = .host
        }.runtimeSpec(on: v1)
        #expect(named.hostname.isEmpty)
    }

    @Test(arguments: [
        (added: [String](), dropped: ["ALL"], count: 0),
        (added: ["NET_ADMIN"], dropped: ["all"], count: 1),
        (added: ["cap_net_admin", "CHOWN"], dropped: ["MKNOD"], count: 14),
        (added: ["ALL"], dropped: ["SYS_ADMIN"], count: Capability.allCases.count - 1),
    ])
    func capabilities(added: [String], dropped: [String], count: Int) throws {
        var process = TaskProcess(arguments: [])
        process.capabilitiesAdded = added
        process.capabilitiesDropped = dropped
        #expect(try process.capabilityNames(Capability.allCases).count == count)
    }

    @Test func anUnknownCapabilityIsRefused() throws {
        var process = TaskProcess(arguments: [])
        process.capabilitiesAdded = ["FLYING"]
        let failure = #expect(throws: TaskFailure.self) { try process.capabilityNames() }
        #expect(failure?.text == "invalid capability: \"FLYING\"")
    }

    @Test func resources() throws {
        let made = try spec {
            $0.resources.memory = 64 << 20
            $0.resources.nanoCPUs = 1_500_000_000
            $0.resources.pids = 50
        }.runtimeSpec(on: v1).linux.resources
        #expect(made.memory.limit == 64 << 20 && made.memory.swap == 128 << 20)
        #expect(made.cpu.period == 100_000 && made.cpu.quota == 150_000)
        #expect(made.pids.limit == 50)
        let unlimited = try spec {
            $0.resources.memory = 1 << 20
            $0.resources.memorySwap = -1
            $0.resources.pids = -1
        }.runtimeSpec(on: v1).linux.resources
        #expect(unlimited.memory.swap == -1 && unlimited.pids.limit == nil)
    }

    @Test func mountsOfTheUserReplaceDefaultsAndComeOuterFirst() throws {
        let made = try spec {
            $0.hostsPath = "/r/hosts"
            $0.mounts = [
                TaskMount(.bind("/a"), at: "/data/inner", readOnly: true), TaskMount(.bind("/b"), at: "/data", propagation: "rslave"),
                TaskMount(.tmpfs, at: "/dev/shm", options: ["size=1m", "exec"]),
            ]
        }.runtimeMounts(on: v1)
        #expect(made.filter { $0.destination == "/dev/shm" }.count == 1)
        let order = made.map(\.destination)
        #expect(try #require(order.firstIndex(of: "/data")) < #require(order.firstIndex(of: "/data/inner")))
        #expect(made.first { $0.destination == "/data" }?.options == ["rbind", "rslave"])
        #expect(made.first { $0.destination == "/data/inner" }?.options == ["rbind", "rprivate", "ro"])
        #expect(made.first { $0.destination == "/dev/shm" }?.options == ["nosuid", "nodev", "size=1m", "exec"])
        #expect(made.contains(Mount(destination: "/etc/hosts", type: "bind", source: "/r/hosts", options: ["rbind", "rprivate"])))
    }

    @Test func aReadOnlyRootMakesTheRestReadOnlyToo() throws {
        let made = try spec {
            $0.readOnlyRoot = true
            $0.hostsPath = "/r/hosts"
        }.runtimeMounts(on: v1)
        #expect(made.first { $0.destination == "/etc/hosts" }?.options.contains("ro") == true)
        #expect(made.first { $0.destination == "/dev/shm" }?.options.contains("ro") == false)
    }

    @Test func privilegedHasItAll() throws {
        let made = try spec { $0.process.privileged = true }.runtimeSpec(on: v1)
        #expect(made.linux.maskedPaths.isEmpty && made.linux.readonlyPaths.isEmpty)
        #expect(made.linux.resources.devices == [.init(allow: true)])
        #expect(made.process.capabilities.effective.count == Capability.allCases.count)
        #expect(made.linux.devices.contains { $0.path == "/dev/null" })
    }

    @Test func devices() throws {
        let made = try spec { $0.devices = [TaskDevice(hostPath: "/dev/full", containerPath: "/dev/x", access: "r")] }.runtimeSpec(on: v1)
            .linux
        #expect(made.devices.map(\.path) == ["/dev/x"])
        #expect(made.resources.devices.last == .init(allow: true, type: "c", major: 1, minor: 7, access: "r"))
        for (path, reason) in [("/etc/passwd", "not a device node"), ("/dev/no-such-device", "no such file or directory")] {
            let error = #expect(throws: WharfError.self) {
                try spec { $0.devices = [TaskDevice(hostPath: path, containerPath: "/x")] }.runtimeSpec(on: v1)
            }
            #expect(error?.message == "error gathering device information while adding custom device \"\(path)\": \(reason)")
        }
        #expect(try TaskDevices.rule("c 1:* rw") == .init(allow: true, type: "c", major: 1, minor: nil, access: "rw"))
        for bad in ["", "c 1:3", "x 1:3 r", "c 1 r", "c 1:3 rwx", "c -1:3 r", "c 1:3 rwmr"] {
            #expect(throws: WharfError.self) { try TaskDevices.rule(bad) }
        }
    }

    @Test func aPrivilegedContainerHasItsDevicesUnderOtherNamesToo() throws {
        let made = try spec {
            $0.process.privileged = true
            $0.devices = [
                TaskDevice(hostPath: "/dev/null", containerPath: "/dev/null"), TaskDevice(hostPath: "/dev/null", containerPath: "/dev/nil"),
            ]
        }.runtimeSpec(on: v1).linux.devices
        #expect(made.filter { $0.path == "/dev/null" }.count == 1)
        #expect(made.contains { $0.path == "/dev/nil" && $0.major == 1 && $0.minor == 3 })
    }

    @Test func cgroupsAreWritableForThePrivilegedOrWhoAsks() throws {
        func options(_ change: (inout TaskSpec) -> Void) throws -> [String] {
            try spec(change).runtimeMounts(on: v1).first { $0.destination == "/sys/fs/cgroup" }?.options ?? []
        }
        #expect(try options { _ in }.contains("ro"))
        #expect(try options { $0.process.privileged = true }.contains("rw"))
        #expect(try options { $0.hasWritableCgroups = true }.contains("rw"))
        #expect(
            try options {
                $0.process.privileged = true
                $0.hasWritableCgroups = false
            }.contains("ro"))
    }

    @Test(arguments: [
        ("", "/wharf/abc"), ("/a/b", "/a/b/abc"), ("/a/b/", "/a/b/abc"), ("rel", "/rel/abc"), ("/../../x", "/x/abc"),
        ("a/../../b", "/b/abc"),
        ("/", "/abc"), ("x.slice", "/x.slice/abc"),
    ])
    func cgroupParents(parent: String, path: String) { #expect(spec { $0.cgroupParent = parent }.cgroupPath == path) }

    @Test func initIsProcessOneOrNotThere() throws {
        var host = v1
        let asked = spec { $0.usesInit = true }
        let failure = #expect(throws: TaskFailure.self) { try asked.runtimeSpec(on: host) }
        #expect(failure?.text.contains("wharf-init") == true)
        host.initProgram = "/usr/libexec/wharf-init"
        let made = try asked.runtimeSpec(on: host)
        #expect(made.process.args == ["/sbin/docker-init", "--", "true"])
        #expect(made.mounts.last?.destination == "/sbin/docker-init" && made.mounts.last?.options.contains("ro") == true)
        // In somebody else's pid namespace there is one already.
        let joined = try spec {
            $0.usesInit = true
            $0.pidNamespace = .path("/proc/7/ns/pid")
        }.runtimeSpec(on: host)
        #expect(joined.process.args == ["true"])
    }

    @Test func networkParametersComeWithANetworkNamespace() throws {
        var host = v1
        host.networkParameters = ["net.ipv4.ip_unprivileged_port_start": "0"]
        let own = spec { $0.sysctls = ["kernel.msgmax": "1"] }
        #expect(try own.runtimeSpec(on: host).linux.sysctl == ["net.ipv4.ip_unprivileged_port_start": "0", "kernel.msgmax": "1"])
        let other = spec { $0.sysctls = ["net.ipv4.ip_unprivileged_port_start": "99"] }
        #expect(try other.runtimeSpec(on: host).linux.sysctl == ["net.ipv4.ip_unprivileged_port_start": "99"])
        #expect(try spec { $0.networkNamespace = .host }.runtimeSpec(on: host).linux.sysctl.isEmpty)
    }

    @Test func theOOMScoreIsSaidWhereItIsNotInherited() throws {
        var host = v1
        host.oomScoreAdjustment = -500
        #expect(try spec { $0.process.oomScoreAdjustment = 0 }.runtimeSpec(on: host).process.oomScoreAdj == 0)
        #expect(try spec { $0.process.oomScoreAdjustment = -500 }.runtimeSpec(on: host).process.oomScoreAdj == nil)
    }

    @Test func sharedMemory() throws {
        func mount(_ kind: TaskSharedMemory) throws -> Mount? {
            try spec { $0.sharedMemory = kind }.runtimeMounts(on: v1).first { $0.destination == "/dev/shm" }
        }
        #expect(try mount(.own)?.options.contains("size=67108864") == true)
        #expect(try mount(.none) == nil)
        #expect(try mount(.host)?.source == "/dev/shm")
        #expect(try mount(.joined(7))?.source == "/proc/7/root/dev/shm")
    }

    @Test func namesOfSockets() {
        #expect(ShimSocketName.name(for: "") == "cbf29ce484222325")
        #expect(ShimSocketName.name(for: "a") == "af63dc4c8601ec8c")
        #expect(!ShimDirectories.isUsable("../x") && !ShimDirectories.isUsable("") && !ShimDirectories.isUsable(".x"))
        #expect(ShimDirectories.isUsable("0a_b.c-d"))
    }
}
