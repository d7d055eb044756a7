// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The maker: what the loop's child does to make a container or an exec. This is the one place that knows which runtime
// is used; the loop only knows the report that comes back. Files that others wrote are read here and not in the loop: a
// parser that traps or hangs costs one container that did not start.

import Glibc
import WharfCgroups
import WharfJSON
import WharfLinux
import WharfOCI
import WharfRuntime
import WharfShimProtocol

enum Maker {
    /// What later work needs to know about its container.
    struct Target {
        let containerID: String
        let runtime: RuntimeChoice
        let initProcess: PidFD
        let cgroupPath: String
        let bundle: String
        let filterCache: String
    }

    /// The largest config.json that is read.
    private static let largestSpec = 8 << 20

    /// Makes the container of a bundle. The report's `start` connection lets its program run.
    static func create(_ request: CreateRequest, _ ends: ProcessEnds) throws(ShimFailure) -> (MakerReport, [Descriptor]) {
        try checkRuntime(RuntimeChoice(request))
        do {
            let bundle = HostPath(request.bundle)
            let spec = try RuntimeSpec(json: read(bundle / "config.json"))
            let size = WindowSize(rows: request.rows, columns: request.columns)
            let container = NewContainer(
                id: request.containerID, spec: spec, bundle: bundle, root: try root(request.rootMounts),
                stdio: request.terminal ? .terminal(size) : try stdio(ends),
                filterCache: cache(request.filterCache))
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

    /// Makes a process in the container and lets its program run.
    static func exec(_ request: ExecRequest, in target: Target, _ ends: ProcessEnds) throws(ShimFailure) -> (MakerReport, [Descriptor]) {
        try checkRuntime(target.runtime)
        do {
            let size = WindowSize(rows: request.rows, columns: request.columns)
            let spec = try RuntimeSpec(json: read(HostPath(target.bundle) / "config.json"))
            let process = NewProcess(
                process: try RuntimeSpec.Process(json: request.process), container: target.initProcess, cgroupsPath: target.cgroupPath,
                stdio: request.terminal ? .terminal(size) : try stdio(ends),
                filter: try seccompFilter(spec, cache: cache(target.filterCache)))
            let created = try executeProcess(process)
            try created.startChannel.start()
            try created.startChannel.waitStarted()
            return report(created)
        } catch {
            throw ShimFailure(maker: error, step: "spec")
        }
    }

    /// Writes new limits; the report holds warnings about what the host can't do.
    static func update(_ request: UpdateRequest, _ target: Target) throws(ShimFailure) -> (MakerReport, [Descriptor]) {
        try checkRuntime(target.runtime)
        do {
            let resources = try JSON.decode(RuntimeSpec.Resources.self, from: request.resources)
            let cgroup = try Cgroups.manager(path: target.cgroupPath, hierarchies: .current())
            var report = MakerReport()
            report.warnings = try cgroup.apply(resources)
            return (report, [])
        } catch {
            throw ShimFailure(maker: error, step: "update")
        }
    }

    private static func checkRuntime(_ runtime: RuntimeChoice) throws(ShimFailure) {
        guard runtime.isBuiltIn else {
            throw ShimFailure(step: "runtime", errno: ENOSYS, text: "runtime \(runtime.path) is not supported, only the built-in one")
        }
    }

    private static func cache(_ path: String) -> HostPath? { path.isEmpty ? nil : HostPath(path) }

    private static func read(_ path: HostPath) throws(ShimFailure) -> [UInt8] {
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
    fileprivate init(maker error: any Error, step: String) {
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
