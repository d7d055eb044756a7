// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The verb that makes a container, run by the shim's maker: open everything, make the groups, clone, hand over.
// It returns when init has set everything up and waits for its start byte.

import Glibc
import WharfCgroups
import WharfLinux
import WharfOCI

/// Makes a container whose program does not run yet.
///
/// Only for a single-threaded process. On failure nothing is left but the child to reap (it is killed) and, when
/// `parent` is `.grandparent`, its zombie belongs to the parent; when a hook had run, the poststop hooks have run too.
public func createContainer(_ request: NewContainer) throws(RuntimeError) -> CreatedContainer {
    // Nobody may look at this process through /proc, nor at init, which inherits it until exec.
    try step("create") { () throws(SyscallError) in
        try Credentials.setDumpable(false)
        try ProcessState.occupyStandardStreams()
    }
    try InheritedDescriptors.check(request.preservedDescriptors, listening: request.listenDescriptors)
    let plan = try ContainerPlan(request)
    let cgroup = try makeCgroup(request.spec)
    do {
        let warnings = try cgroup.map { cgroup throws(RuntimeError) in
            try step("cgroup") { () throws(SyscallError) in try cgroup.apply(ContainerDevices.withDefaults(request.spec.linux.resources)) }
        }
        try plan.openCgroupViews(cgroup)
        let created = try makeInit(plan, cgroup: cgroup, parent: request.parent)
        let process = CreatedProcess(
            pid: created.pid, pidfd: created.pidfd, terminal: created.terminal, startChannel: created.channel,
            warnings: (warnings ?? []) + created.warnings)
        return CreatedContainer(process: process, root: RootFD(created.root), cgroup: cgroup)
    } catch {
        // The first error is the one to tell; a group that can't be removed now falls to wharfd's reconciler.
        try? cgroup?.killAll(timeout: .seconds(2))
        try? cgroup?.delete(timeout: .seconds(2))
        if let hooks = request.spec.hooks { _ = Hooks.runAll(hooks.poststop, state: plan.state(.stopped, pid: 0), at: .poststop) }
        throw error
    }
}

/// The container's groups, made; nil when the spec names none.
private func makeCgroup(_ spec: RuntimeSpec) throws(RuntimeError) -> (any CgroupManager)? {
    if spec.linux.cgroupsPath.isEmpty { return nil }
    return try step("cgroup") { () throws(SyscallError) in
        let cgroup = try Cgroups.manager(path: spec.linux.cgroupsPath, hierarchies: try CgroupHierarchies.first())
        try cgroup.create()
        return cgroup
    }
}

/// What came back from init.
private struct ReadyInit {
    let pid: Int32
    let pidfd: PidFD
    let root: Descriptor
    let terminal: Descriptor?
    let channel: StartChannel
    let warnings: [String]
}

private func makeInit(_ plan: ContainerPlan, cgroup: (any CgroupManager)?, parent: ParentChoice) throws(RuntimeError) -> ReadyInit {
    let channel = try step("create") { () throws(SyscallError) in try InitChannel() }
    let target = plan.namespaces.needsDoorway ? nil : try step("cgroup") { () throws(SyscallError) in try cgroup?.cloneTarget() }
    let (pid, pidfd) = try clone(plan, channel, target, parent)
    do throws(RuntimeError) {
        if let users = plan.users { try prepare(users, plan, pid) }
        // Version 1 joins while init is mounting; only a private view of the groups makes it wait.
        if target == nil, let cgroup { try step("cgroup") { () throws(SyscallError) in try cgroup.add(pid) } }
        try step("init") { () throws(SyscallError) in try channel.sendJoined() }
        let services = InitServices(
            pid: pid, pidfd: pidfd, state: plan.state(.creating, pid: pid), hooks: plan.spec.hooks,
            timeOffsets: plan.spec.linux.timeOffsets, filter: plan.filter)
        let (warnings, descriptors) = try channel.receiveReady(services)
        guard let root = descriptors.first else { throw RuntimeError(step: "init", errno: EPROTO, text: "init sent no root directory") }
        return ReadyInit(
            pid: pid, pidfd: pidfd, root: root, terminal: descriptors.count > 1 ? descriptors[1] : nil,
            channel: StartChannel(channel.maker), warnings: warnings)
    } catch {
        throw abandon(pidfd, channel, parent, error)
    }
}

/// Makes init, directly or through a doorway. Init's end of the channel is closed here, or its death would not be heard.
private func clone(
    _ plan: ContainerPlan, _ channel: InitChannel, _ cgroup: Descriptor?, _ parent: ParentChoice
) throws(RuntimeError) -> (pid: Int32, pidfd: PidFD) {
    let asSibling = parent == .grandparent
    if plan.namespaces.needsDoorway {
        let (_, doorway) = try step("clone") { () throws(SyscallError) in
            try cloneProcess(CloneOptions(asSibling: asSibling)) { Doorway(plan: plan, channel: channel).run() }
        }
        channel.initEnd.close()
        // It ends by itself; a sibling's end is not this process's business.
        defer { if !asSibling { _ = try? doorway.wait() } }
        return try channel.receiveBorn()
    }
    var own: Descriptor?
    if let pid = plan.namespaces.pid {
        // What else is cloned here, hooks above all, is to be born where this process is.
        own = try step("namespace", "pid namespace") { () throws(SyscallError) in try HostPath("/proc/self/ns/pid").open(.read) }
        try pid.enter()
    }
    let options = CloneOptions(namespaces: plan.namespaces.new, asSibling: asSibling, cgroup: cgroup)
    let created = try step("clone") { () throws(SyscallError) in
        try cloneProcess(options) { InitProcess(plan: plan, channel: channel).run() }
    }
    channel.initEnd.close()
    if let own {
        do throws(SyscallError) {
            try Namespaces.enter(.pid, of: own)
        } catch {
            throw abandon(created.pidfd, channel, parent, RuntimeError(step: "namespace", error, "the way back"))
        }
    }
    return created
}

/// What a process in another user namespace can't do for itself.
private func prepare(_ users: UserNamespacePlan, _ plan: ContainerPlan, _ pid: Int32) throws(RuntimeError) {
    let proc = try step("user-namespace") { () throws(SyscallError) in try ProcFD() }
    if users.isNew { try users.writeMaps(of: pid, proc) }
    try UserNamespacePlan.giveStreams(plan.stdio, of: pid, proc)
    try UserNamespacePlan.limit(pid, plan.spec.process, proc)
}

/// Ends an init that is not going to be used and answers the error to tell: init's own words where it still had some.
func abandon(_ pidfd: PidFD, _ channel: InitChannel, _ parent: ParentChoice, _ error: RuntimeError) -> RuntimeError {
    var told = error
    // An init that failed by itself is EPIPE for a write and ESRCH for a group; why it failed is still in the channel.
    if error.errno == EPIPE || error.errno == ESRCH,
        case .failure(let first) = Result(catching: { () throws(RuntimeError) in _ = try channel.receiveReady(nil) })
    {
        told = first
    }
    // ESRCH: it has ended already.
    try? pidfd.send(SIGKILL)
    if parent == .caller { _ = try? pidfd.wait() }
    return told
}
