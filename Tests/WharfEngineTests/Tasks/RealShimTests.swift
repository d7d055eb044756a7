// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The whole line below the engine: specification, sealed shim, maker, container. Needs root and the static shim.

import Glibc
import Logging
import Testing
import WharfBlocking
import WharfCgroups
import WharfJSON
import WharfLinux
import WharfShimProtocol
import WharfTestKit

@testable import WharfEngine

private var canRun: Bool { geteuid() == 0 && access(Programs.shim, X_OK) == 0 && access("/bin/busybox", X_OK) == 0 }

/// The real end of a control group, as wharfd composes it.
private struct KernelCgroups: TaskCgroups {
    let hierarchies: CgroupHierarchies

    func destroy(_ path: String) throws {
        let cgroup = try Cgroups.manager(path: path, hierarchies: hierarchies)
        try cgroup.killAll(timeout: .seconds(10))
        try cgroup.delete(timeout: .seconds(5))
    }
}

@Suite(.serialized, .enabled(if: canRun)) struct RealShimTests {
    private let folder: TemporaryDirectory
    private let blocking = Blocking(ownThreads: 4)
    private let program: SealedExecutable
    private let boot: String

    init() throws {
        folder = try TemporaryDirectory("shim")
        program = try SealedExecutable(HostPath(Programs.shim))
        boot = String(decoding: try HostPath("/proc/sys/kernel/random/boot_id").read(limit: 64).dropLast(), as: UTF8.self)
        let bin = HostPath(folder.path) / "rootfs/bin"
        try bin.mkdir()
        for name in ["rootfs/dev", "rootfs/proc", "rootfs/sys", "rootfs/etc", "rootfs/tmp"] { try (HostPath(folder.path) / name).mkdir() }
        try copyProgram("/bin/busybox", to: bin / "busybox")
        for name in ["sh", "echo", "cat", "sleep", "true", "hostname"] { _ = symlink("busybox", "\(bin)/\(name)") }
    }

    /// Takes the tests' parent group away; the containers' own are gone.
    private func removeParentGroups() {
        // A group that a failed test left something in stays.
        try? Cgroups.manager(path: "/wharf-task-tests-\(getpid())", hierarchies: .current()).delete(timeout: .seconds(5))
    }

    private func service() throws -> ShimTaskService {
        try ShimTaskService(
            execRoot: HostPath(folder.path) / "run", program: program.descriptor, bootID: boot, hasUnifiedCgroups: false,
            cgroups: KernelCgroups(hierarchies: try .current()), blocking: blocking, logger: Logger(label: "test"))
    }

    private func request(_ id: String, _ arguments: [String]) -> TaskCreateRequest {
        var spec = TaskSpec(containerID: id, process: TaskProcess(arguments: arguments))
        spec.process.environment = ["PATH=/bin"]
        spec.cgroupParent = "/wharf-task-tests-\(getpid())"
        spec.hostname = "box"
        var request = TaskCreateRequest(
            spec: spec, rootMounts: [RootMount(bind: folder.path("rootfs"))], exitPath: folder.path("exit-\(id)"))
        request.log = LogTarget(jsonFile: folder.path("log-\(id)"), maxSize: 0, maxFiles: 0)
        return request
    }

    private func ending(_ task: any ContainerTask) async throws -> ExitRecord {
        for await event in task.events { if case .exited(process: nil, let record) = event { return record } }
        throw TestFailure("the news ended without an end")
    }

    @Test func aContainerRunsAndItsEndIsTold() async throws {
        defer { removeParentGroups() }
        let service = try service()
        let task = try await service.create(request("run1", ["sh", "-c", "echo hello from $(hostname); exit 7"]))
        #expect(task.pid > 0)
        try await task.start()
        #expect(try await ending(task).exitCode == 7)
        let log = String(decoding: try HostPath(folder.path("log-run1")).read(limit: 1 << 16), as: UTF8.self)
        #expect(log.contains("hello from box"))
        await task.shutdown()
        #expect(try service.directories.bundledIDs().isEmpty)
        #expect(try service.directories.socketNames().isEmpty)
    }

    @Test func anExecRunsBesideInit() async throws {
        defer { removeParentGroups() }
        let service = try service()
        let task = try await service.create(request("exec1", ["sleep", "1000"]))
        try await task.start()
        var exec = ExecTaskRequest(id: "e1", process: TaskProcess(arguments: ["sh", "-c", "exit 3"]))
        exec.process.environment = ["PATH=/bin"]
        #expect(try await task.exec(exec) > 0)
        var codes: [Int32] = []
        for await event in task.events {
            guard case .exited(let process, let record) = event else { continue }
            codes.append(record.exitCode)
            if process == "e1" { try await task.signal(SIGKILL, process: nil) } else { break }
        }
        #expect(codes == [3, 137])
        await task.shutdown()
    }

    @Test func aMissingProgramFailsTheStartAndLeavesNothing() async throws {
        defer { removeParentGroups() }
        let service = try service()
        let failure = await #expect(throws: TaskFailure.self) {
            let task = try await service.create(self.request("none1", ["no-such-program"]))
            do { try await task.start() } catch {
                await task.shutdown()
                throw error
            }
        }
        #expect(failure?.step == "exec")
        #expect(failure?.errno == ENOENT)
        #expect(try service.directories.bundledIDs().isEmpty)
    }

    @Test func aSecondDaemonTakesTheShimBack() async throws {
        defer { removeParentGroups() }
        let first = try service()
        let task = try await first.create(request("adopt1", ["sh", "-c", "read line </dev/null; sleep 1000"]))
        try await task.start()
        let second = try service()
        let adopted = try #require(await second.adopt().first)
        #expect(adopted.pid == task.pid)
        #expect(try await adopted.state().status == .running)
        try await adopted.signal(SIGTERM, process: nil)
        try await adopted.signal(SIGKILL, process: nil)
        #expect(try await ending(adopted).exitCode == 137)
        await adopted.shutdown()
        #expect(try second.directories.bundledIDs().isEmpty)
    }

    @Test func aKilledShimIsTold() async throws {
        defer { removeParentGroups() }
        let service = try service()
        let task = try await service.create(request("dead1", ["sleep", "1000"]))
        try await task.start()
        let status = try HostPath("/proc/\(task.pid)/status").read(limit: 1 << 16).split(separator: UInt8(ascii: "\n"))
        let parent = try #require(
            status.first { $0.starts(with: "PPid:".utf8) }.flatMap { Int32(String(decoding: $0.dropFirst(6), as: UTF8.self)) })
        let initProcess = try PidFD.open(task.pid)
        try PidFD.open(parent).send(SIGKILL)
        var news: [TaskEvent] = []
        for await event in task.events { news.append(event) }
        guard case .shimDied? = news.last else { throw TestFailure("\(news)") }
        // Whatever was in the container is gone by the time this is told.
        #expect(try initProcess.hasEnded())
        #expect(try service.directories.bundledIDs().isEmpty)
    }
}
