// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The runtime that is built in: WharfRuntime, called in the maker itself. Files that others wrote are read here and not
// in the loop: a parser that traps or hangs costs one container that did not start.

import Glibc
import WharfCgroups
import WharfLinux
import WharfOCI
import WharfRuntime
import WharfShimProtocol

/// WharfRuntime behind the maker's seam.
struct BuiltInRuntime: ContainerRuntime {
    /// The largest config.json that is read.
    static let largestSpec = 8 << 20

    /// The report's `start` connection lets its program run.
    func create(_ request: CreateRequest, _ ends: ProcessEnds) throws(ShimFailure) -> (MakerReport, [Descriptor]) {
        do {
            let bundle = HostPath(request.bundle)
            let spec = try RuntimeSpec(json: Self.read(bundle / "config.json"))
            let size = WindowSize(rows: request.rows, columns: request.columns)
            let container = NewContainer(
                id: request.containerID, spec: spec, bundle: bundle, root: try Self.root(request.rootMounts),
                stdio: request.terminal ? .terminal(size) : try Self.stdio(ends),
                filterCache: request.filterCache.isEmpty ? nil : HostPath(request.filterCache))
            let created = try createContainer(container)
            var (report, descriptors) = Self.report(created.process)
            report.cgroupPath = spec.linux.cgroupsPath
            report.parts.append(.start)
            descriptors.append(created.process.startChannel.descriptor)
            return (report, descriptors)
        } catch {
            throw ShimFailure(maker: error, step: "spec")
        }
    }

    func exec(_ request: ExecRequest, in target: MakerTarget, _ ends: ProcessEnds) throws(ShimFailure) -> (MakerReport, [Descriptor]) {
        do {
            let size = WindowSize(rows: request.rows, columns: request.columns)
            let spec = try RuntimeSpec(json: Self.read(target.bundle / "config.json"))
            let process = NewProcess(
                process: try RuntimeSpec.Process(json: request.process), container: target.initProcess, cgroupsPath: target.cgroupPath,
                stdio: request.terminal ? .terminal(size) : try Self.stdio(ends),
                filter: try seccompFilter(spec, cache: target.filterCache), namespaces: spec.linux.namespaces,
                state: ContainerState(
                    id: target.containerID, status: .running, pid: target.initProcessID, bundle: target.bundle.description,
                    annotations: spec.annotations),
                personality: spec.linux.personality)
            let created = try executeProcess(process)
            try created.startChannel.start()
            try created.startChannel.waitStarted()
            return Self.report(created)
        } catch {
            throw ShimFailure(maker: error, step: "spec")
        }
    }

    func update(_ resources: [UInt8], of target: MakerTarget) throws(ShimFailure) -> [String] {
        do {
            return try groups(target).update(try RuntimeSpec.Resources(json: resources))
        } catch {
            throw ShimFailure(maker: error, step: "update")
        }
    }

    func pause(_ target: MakerTarget) throws(ShimFailure) {
        do { try groups(target).freeze(timeout: .seconds(10)) } catch { throw ShimFailure(maker: error, step: "freezer") }
    }

    func resume(_ target: MakerTarget) throws(ShimFailure) {
        do { try groups(target).thaw() } catch { throw ShimFailure(maker: error, step: "freezer") }
    }

    func delete(_ target: MakerTarget) throws(ShimFailure) {
        do {
            try groups(target).end(timeout: .seconds(10))
        } catch {
            throw ShimFailure(maker: error, step: "cgroup")
        }
    }

    private func groups(_ target: MakerTarget) throws(SyscallError) -> any CgroupManager {
        try Cgroups.manager(path: target.cgroupPath, hierarchies: .current())
    }

    static func read(_ path: HostPath) throws(ShimFailure) -> [UInt8] {
        do throws(SyscallError) {
            return try path.read(limit: largestSpec)
        } catch {
            throw ShimFailure(step: "spec", error)
        }
    }

    private static func root(_ mounts: [RootMount]) throws(ShimFailure) -> RootSource? {
        guard let mount = mounts.first else { return nil }
        guard mounts.count == 1, mount.options.isEmpty else {
            throw ShimFailure(step: "rootfs", errno: EINVAL, text: "a root file system of several mounts or with options is not supported")
        }
        switch mount.kind {
        case .overlay:
            let isWritable = !mount.upper.isEmpty
            return .overlay(
                lower: mount.lower.map { HostPath($0) }, upper: isWritable ? HostPath(mount.upper) : nil,
                work: isWritable ? HostPath(mount.work) : nil)
        case .bind:
            guard let directory = mount.lower.first else {
                throw ShimFailure(step: "rootfs", errno: EINVAL, text: "the root file system's directory is not named")
            }
            return .directory(HostPath(directory))
        }
    }

    /// The process's ends, the null device in the place of those that it has not.
    private static func stdio(_ ends: ProcessEnds) throws(ShimFailure) -> Stdio {
        do throws(SyscallError) {
            let null = try HostPath("/dev/null").open(.readWrite)
            return .descriptors(input: ends.stdin ?? null, output: ends.stdout ?? null, error: ends.stderr ?? null)
        } catch {
            throw ShimFailure(step: "streams", error)
        }
    }

    private static func report(_ process: CreatedProcess) -> (MakerReport, [Descriptor]) {
        var report = MakerReport()
        report.processID = process.pid
        report.warnings = process.warnings
        report.parts = [.process]
        var descriptors = [process.pidfd.descriptor]
        if let terminal = process.terminal {
            report.parts.append(.terminal)
            descriptors.append(terminal)
        }
        return (report, descriptors)
    }
}

extension ShimFailure {
    /// Whatever stopped the maker; `step` for errors that name none.
    init(maker error: any Error, step: String) {
        switch error {
        case let failure as ShimFailure: self = failure
        case let failure as RuntimeError: self.init(failure)
        case let failure as SyscallError: self.init(step: step, failure)
        default: self.init(step: step, errno: EINVAL, text: "\(error)")
        }
    }

    /// The runtime's own words.
    init(_ error: RuntimeError) {
        self.init(step: error.step, errno: error.errno, text: error.text)
    }
}
