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
    /// Whether the maker's word has been heard that the groups are joined and the users mapped.
    private var isJoined = false

    init(plan: ContainerPlan, channel: InitChannel) {
        self.plan = plan
        self.channel = channel
    }

    func run() -> Never {
        var copy = self
        do { try copy.setUp() } catch { channel.fail(error) }
    }

    private mutating func setUp() throws(RuntimeError) -> Never {
        channel.maker.close()
        // 0, 1 and 2 stay taken: what is opened below must not be in the place of a standard stream.
        ProcessState.closeAll(except: plan.inherited.numbers + plan.descriptors + [channel.initEnd.raw])
        ProcessState.resetSignals()
        Credentials.setProcessName("wharf-init")
        try step("init") { () throws(SyscallError) in try syscall("setsid") { setsid() } }
        if plan.users != nil {
            // Nobody until the maker has written the maps.
            try awaitJoined()
            if plan.hasNewUserNamespace { try UserNamespacePlan.becomeRoot() }
        }
        try enterNamespaces()
        var rootfs = try RootFileSystem(plan)
        try rootfs.mountAll()
        var terminal: Terminal?
        if case .terminal(let size) = plan.stdio { terminal = try rootfs.makeConsole(size) }
        try runCreationHooks()
        try rootfs.writeParameters()
        try rootfs.finish()
        try makeWorkingDirectory(rootfs.root)

        var setup = ProcessSetup(plan, channel: channel, root: rootfs.root)
        try setup.resolveUser()
        try setup.attachStandardStreams(plan.stdio, terminal)
        try setup.limit(rootfs.proc)
        joinKeyring(&setup)
        // The maker's answers are waited for from here on.
        if plan.filter?.notifies ?? false { try awaitJoined() }
        try setup.becomeUser()
        try channel.sendHandles([rootfs.root.directory] + (terminal.map { [$0.master] } ?? []))
        // What waits here, perhaps for long, holds nothing of the host: a descriptor of it would be a way out.
        var kept = plan.inherited.numbers + [channel.initEnd.raw]
        if case .listener(let listener) = plan.start { kept.append(listener.raw) }
        ProcessState.closeAll(except: kept)
        // Who starts it is another command than the one that made it, and callers expect the second to know.
        if case .listener = plan.start { try setup.checkProgram() }
        try setup.notifyAgent()
        try channel.sendReady(warnings: setup.warnings)
        try awaitJoined()
        try channel.waitForStart(plan.start)
        let plan = plan
        try setup.execute { () throws(RuntimeError) in
            guard let hooks = plan.spec.hooks else { return }
            try Hooks.run(hooks.startContainer, state: plan.state(.created, pid: getpid()), at: .startContainer)
        }
    }

    private mutating func awaitJoined() throws(RuntimeError) {
        if isJoined { return }
        try channel.waitFor(InitMessage.joinedByte)
        isJoined = true
    }

    private mutating func enterNamespaces() throws(RuntimeError) {
        if !plan.namespaces.needsDoorway {
            for namespace in plan.namespaces.joined { try namespace.enter() }
        }
        if plan.namespaces.newCgroup {
            // Where the process stands at this moment becomes the root of the view.
            try awaitJoined()
            try step("namespace", "cgroup") { () throws(SyscallError) in try Namespaces.unshare(.cgroup) }
        }
        if let personality = plan.spec.linux.personality {
            let domain = try ProcessScheduling.domain(personality)
            try step("personality", personality.domain) { () throws(SyscallError) in try Scheduling.setPersonality(domain) }
        }
        if plan.namespaces.newTime { try enterTimeNamespace() }
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

    /// A new time namespace is for children only; its offsets can be set until the first process is in it, which is this
    /// one, by the descriptor that the maker sends.
    private mutating func enterTimeNamespace() throws(RuntimeError) {
        try awaitJoined()
        try step("namespace", "time namespace") { () throws(SyscallError) in try Namespaces.unshare(.time) }
        let answer = try channel.request(.timeOffsets)
        guard let namespace = answer.first else { throw RuntimeError(step: "namespace", errno: EPROTO, text: "no time namespace came") }
        try step("namespace", "time namespace") { () throws(SyscallError) in try Namespaces.enter(.time, of: namespace) }
    }

    /// prestart and createRuntime by the maker, createContainer here: the mounts are made, the root is not entered, so that
    /// a path still means what it means to the runtime.
    private mutating func runCreationHooks() throws(RuntimeError) {
        guard let hooks = plan.spec.hooks else { return }
        // A hook may look at the groups; and nothing may be on its way here while a hook is waited for.
        try awaitJoined()
        if !hooks.prestart.isEmpty || !hooks.createRuntime.isEmpty { _ = try channel.request(.hooks) }
        try Hooks.run(
            hooks.createContainer, state: plan.state(.creating, pid: getpid()), at: .createContainer, while: channel.initEnd)
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
