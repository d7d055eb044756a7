// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A runtime that is another program (runc, crun, wharf-runtime itself), driven by the command line that runc has and
// the others copy. It runs below the maker, and what it makes becomes the shim's child when the maker ends.

import Glibc
import WharfCgroups
import WharfLinux
import WharfOCI
import WharfRuntime
import WharfShimProtocol

/// An OCI runtime by its command line.
struct CommandRuntime: ContainerRuntime {
    let choice: RuntimeChoice

    func create(_ request: CreateRequest, _ ends: ProcessEnds) throws(ShimFailure) -> (MakerReport, [Descriptor]) {
        do {
            let bundle = HostPath(request.bundle)
            let (spec, warnings) = try prepareBundle(request)
            let call = try RuntimeCall(choice, in: bundle)
            // Before there is a child to lose: it must stay ours until it has been named to the loop.
            try Credentials.setSubreaper()
            let console = request.terminal ? try call.console() : nil
            try call.run(
                ["create", "--bundle", bundle.description, "--pid-file", call.pidFile] + (console?.arguments ?? [])
                    + [request.containerID], ends)
            var (report, descriptors) = try made(call, console)
            report.cgroupPath = spec.linux.cgroupsPath
            report.warnings = warnings
            return (report, descriptors)
        } catch {
            // The container must not outlive its maker half made. What is not there can't be deleted, and its groups are
            // the daemon's to remove.
            try? delete(request.containerID, in: HostPath(request.bundle))
            throw ShimFailure(maker: error, step: "runtime")
        }
    }

    /// Lets init go on to its program.
    func start(_ target: MakerTarget) throws(ShimFailure) { try simple(["start", target.containerID], target) }

    /// To init, as the runtime understands it: what it calls init need not be the process that the shim waits for.
    func signal(_ signal: Int32, _ target: MakerTarget) throws(ShimFailure) {
        do throws(ShimFailure) {
            try simple(["kill", target.containerID, "\(signal)"], target)
        } catch {
            // A kill must not depend on a program that may refuse it (runc does for a container that it finds paused).
            guard signal == SIGKILL else { throw error }
            do throws(SyscallError) {
                try target.initProcess.send(SIGKILL)
            } catch {
                throw ShimFailure(step: "signal", error)
            }
        }
    }

    func exec(_ request: ExecRequest, in target: MakerTarget, _ ends: ProcessEnds) throws(ShimFailure) -> (MakerReport, [Descriptor]) {
        do {
            var process = try RuntimeSpec.Process(json: request.process)
            // The directory is a process of the container's own view: its links end inside of it.
            let root = RootFD(try HostPath("/proc/\(target.initProcessID)/root").open([.handle, .directory]))
            guard try !target.initProcess.hasEnded() else {
                throw ShimFailure(step: "exec-create", errno: ESRCH, text: "the container is not running")
            }
            let size = request.terminal ? WindowSize(rows: request.rows, columns: request.columns) : nil
            let warnings = try Self.prepare(&process, in: root, terminal: size)
            let call = try RuntimeCall(choice, in: target.bundle)
            let file = try call.write(process.json, as: "process")
            try Credentials.setSubreaper()
            let console = request.terminal ? try call.console() : nil
            try call.run(
                ["exec", "--detach", "--process", file, "--pid-file", call.pidFile] + (console?.arguments ?? []) + [target.containerID],
                ends)
            var (report, descriptors) = try made(call, console)
            report.warnings = warnings
            return (report, descriptors)
        } catch {
            throw ShimFailure(maker: error, step: "runtime")
        }
    }

    func update(_ resources: [UInt8], of target: MakerTarget) throws(ShimFailure) -> [String] {
        do {
            let call = try RuntimeCall(choice, in: target.bundle)
            let file = try call.write(resources, as: "resources")
            try call.run(["update", "--resources", file, target.containerID])
            return []
        } catch {
            throw ShimFailure(maker: error, step: "update")
        }
    }

    func pause(_ target: MakerTarget) throws(ShimFailure) { try simple(["pause", target.containerID], target) }

    func resume(_ target: MakerTarget) throws(ShimFailure) {
        do throws(ShimFailure) {
            try simple(["resume", target.containerID], target)
        } catch {
            // runc thaws for a kill and calls this a mistake then. What counts is that the groups are thawed.
            guard !target.cgroupPath.isEmpty else { throw error }
            try BuiltInRuntime().resume(target)
        }
    }

    func delete(_ target: MakerTarget) throws(ShimFailure) {
        // Whatever the runtime thinks of it, nothing is to be left: what has gone wrong is told at the end.
        var failure: ShimFailure?
        do throws(ShimFailure) { try delete(target.containerID, in: target.bundle) } catch { failure = error }
        if !target.cgroupPath.isEmpty { try BuiltInRuntime().delete(target) }
        if let failure { throw failure }
    }

    private func delete(_ id: String, in bundle: HostPath) throws(ShimFailure) {
        do throws(SyscallError) {
            // Without notes there is nothing to delete, and crun and runc differ in what they think of that.
            guard try (HostPath(choice.root) / id).exists() else { return }
        } catch {
            throw ShimFailure(step: "runtime", error)
        }
        try RuntimeCall(choice, in: bundle).run(["delete", "--force", id])
    }

    private func simple(_ arguments: [String], _ target: MakerTarget) throws(ShimFailure) {
        try RuntimeCall(choice, in: target.bundle).run(arguments)
    }

    /// The process that the runtime wrote down, and its terminal.
    private func made(_ call: RuntimeCall, _ console: RuntimeConsole?) throws -> (MakerReport, [Descriptor]) {
        var report = MakerReport()
        report.processID = try call.processID()
        let process = try PidFD.open(report.processID)
        guard try process.isChild() else {
            throw ShimFailure(
                step: "runtime", errno: ECHILD, text: "process \(report.processID) of runtime \(choice.path) is not its child")
        }
        report.parts = [.process]
        var descriptors = [process.descriptor]
        if let console {
            report.parts.append(.terminal)
            descriptors.append(try console.terminal())
        }
        return (report, descriptors)
    }

}
