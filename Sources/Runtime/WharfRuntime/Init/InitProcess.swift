// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The container's first process, from the clone to the moment before its program: namespaces, root file system, user,
// limits. It never returns: every failure becomes one typed message on the channel.

import Glibc
import WharfLinux
import WharfOCI

/// Init, in the order in which it does things.
struct InitProcess {
    let plan: ContainerPlan
    let channel: InitChannel

    func run() -> Never {
        do { try setUp() } catch { channel.fail(error) }
    }

    private func setUp() throws(RuntimeError) -> Never {
        channel.maker.close()
        // 0, 1 and 2 stay taken: what is opened below must not be in the place of a standard stream.
        ProcessState.closeAll(except: [0, 1, 2] + plan.descriptors + [channel.initEnd.raw])
        ProcessState.resetSignals()
        Credentials.setProcessName("wharf-init")
        try step("init") { () throws(SyscallError) in try syscall("setsid") { setsid() } }
        try enterNamespaces()
        var rootfs = try RootFileSystem(plan)
        try rootfs.mountAll()
        var terminal: Terminal?
        if case .terminal(let size) = plan.stdio { terminal = try rootfs.makeConsole(size) }
        try rootfs.finish()
        try makeWorkingDirectory(rootfs.root)

        var setup = ProcessSetup(process: plan.spec.process, capabilities: plan.capabilities, filter: plan.filter, root: rootfs.root)
        try setup.resolveUser()
        try setup.attachStandardStreams(plan.stdio, terminal)
        try setup.limit(rootfs.proc)
        joinKeyring(&setup)
        try setup.becomeUser()
        try channel.sendHandles([rootfs.root.directory] + (terminal.map { [$0.master] } ?? []))
        // What waits here, perhaps for long, holds nothing of the host: a descriptor of it would be a way out.
        var kept = [0, 1, 2, channel.initEnd.raw]
        if case .listener(let listener) = plan.start { kept.append(listener.raw) }
        ProcessState.closeAll(except: kept)
        try channel.sendReady(warnings: setup.warnings)
        if !plan.namespaces.newCgroup { try channel.waitFor(InitMessage.joinedByte) }
        try channel.waitForStart(plan.start)
        try setup.execute()
    }

    private func enterNamespaces() throws(RuntimeError) {
        for namespace in plan.namespaces.joined {
            try step("namespace") { () throws(SyscallError) in try Namespaces.enter(namespace.kind, of: namespace.descriptor) }
        }
        if plan.namespaces.newCgroup {
            // Where the process stands at this moment becomes the root of the view.
            try channel.waitFor(InitMessage.joinedByte)
            try step("namespace", "cgroup") { () throws(SyscallError) in try Namespaces.unshare(.cgroup) }
        }
        if plan.namespaces.new.contains(.network) {
            try step("namespace", "loopback") { () throws(SyscallError) in try ProcessState.raiseLoopback() }
        }
        if !plan.spec.hostname.isEmpty {
            try step("hostname") { () throws(SyscallError) in try Namespaces.setHostname(plan.spec.hostname) }
        }
        if !plan.spec.domainname.isEmpty {
            try step("hostname") { () throws(SyscallError) in try Namespaces.setDomainname(plan.spec.domainname) }
        }
    }

    /// As Docker does, a missing working directory is made, in the container's root and before the user is changed.
    private func makeWorkingDirectory(_ root: RootFD) throws(RuntimeError) {
        do {
            _ = try root.mkdirAll(plan.spec.process.cwd)
        } catch  where error.errno == EROFS {
            // On a read-only root it must be there already; entering it will tell.
            return
        } catch {
            throw RuntimeError(step: "cwd", error, "mkdir \(plan.spec.process.cwd)")
        }
    }

    /// A session keyring of its own keeps the host's out of sight. Without quota for one the container still runs.
    private func joinKeyring(_ setup: inout ProcessSetup) {
        do {
            try Credentials.joinSessionKeyring("_ses.\(plan.id)")
        } catch {
            setup.warnings.append("no session keyring of its own: \(error)")
        }
    }
}
