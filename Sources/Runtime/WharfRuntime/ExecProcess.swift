// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The verb that runs a further process in a container: enter its namespaces by the pidfd of its first process, join its
// control groups, and go the same way to the program as init does.

import Glibc
import WharfCgroups
import WharfLinux
import WharfOCI

/// Makes a process in a running container; its program does not run yet.
///
/// Only for a single-threaded process, which is in the container's pid namespace for its later children afterwards:
/// one maker makes one process.
public func executeProcess(_ request: NewProcess) throws(RuntimeError) -> CreatedProcess {
    try step("exec-create") { () throws(SyscallError) in
        try Credentials.setDumpable(false)
        try ProcessState.occupyStandardStreams()
    }
    try InheritedDescriptors.check(request.preservedDescriptors, listening: request.listenDescriptors)
    try SpecCheck.check(request.process)
    try SecurityLabels.check(request.process)
    if request.filter?.notifies ?? false, request.state == nil {
        throw RuntimeError(step: "seccomp", errno: EINVAL, text: "seccomp: the agent can't be told the state of the container")
    }
    let capabilities = try ContainerPlan.capabilities(request.process.capabilities)
    let container = try ContainerNamespaces(request)
    let cgroup = try openCgroup(request)
    let channel = try step("exec-create") { () throws(SyscallError) in try InitChannel() }
    let target = try step("cgroup") { () throws(SyscallError) in try cgroup?.cloneTarget() }
    do {
        try Namespaces.enter(.pid, of: request.container.descriptor)
    } catch  where error.errno == ESRCH {
        throw RuntimeError(step: "exec-create", errno: ESRCH, text: "the container is not running")
    } catch {
        throw RuntimeError(step: "namespace", error, "pid namespace")
    }
    if let processors = try request.process.execCPUAffinity.map({ affinity throws(RuntimeError) in
        try ProcessScheduling.processors(affinity)
    })?.initial {
        try step("cpu-affinity", "initial") { () throws(SyscallError) in try processors.apply() }
    }
    let options = CloneOptions(asSibling: request.parent == .grandparent, cgroup: target)
    let (pid, pidfd) = try step("clone") { () throws(SyscallError) in
        try cloneProcess(options) {
            ExecChild(request: request, container: container, capabilities: capabilities, channel: channel).run()
        }
    }
    channel.initEnd.close()
    do throws(RuntimeError) {
        if let users = container.users { try prepare(request, pid, users) }
        if target == nil, let cgroup { try step("cgroup") { () throws(SyscallError) in try cgroup.add(pid) } }
        try step("init") { () throws(SyscallError) in try channel.sendJoined() }
        let services = InitServices(pid: pid, pidfd: pidfd, state: request.state, filter: request.filter)
        let (warnings, descriptors) = try channel.receiveReady(services)
        return CreatedProcess(
            pid: pid, pidfd: pidfd, terminal: descriptors.first, startChannel: StartChannel(channel.maker), warnings: warnings)
    } catch {
        throw abandon(pidfd, channel, request.parent, error)
    }
}

private func openCgroup(_ request: NewProcess) throws(RuntimeError) -> (any CgroupManager)? {
    if request.cgroupsPath.isEmpty { return nil }
    return try step("cgroup") { () throws(SyscallError) in
        let cgroup = try Cgroups.manager(path: request.cgroupsPath, hierarchies: try CgroupHierarchies.first())
        if let subgroups = request.subgroups { return try cgroup.subgroup(subgroups) }
        return try cgroup.group(beside: request.container)
    }
}

/// What a process in another user namespace can't do for itself. `container` is the process id that has the users.
private func prepare(_ request: NewProcess, _ pid: Int32, _ container: Int32) throws(RuntimeError) {
    let proc = try step("user-namespace") { () throws(SyscallError) in try ProcFD() }
    try UserNamespacePlan.giveStreams(request.stdio, of: container, proc)
    try UserNamespacePlan.limit(pid, request.process, proc)
}

/// The child of `executeProcess`.
struct ExecChild {
    let request: NewProcess
    let container: ContainerNamespaces
    let capabilities: CapabilitySets
    let channel: InitChannel

    func run() -> Never {
        do { try enter() } catch { channel.fail(error) }
    }

    private func enter() throws(RuntimeError) -> Never {
        channel.maker.close()
        // 0, 1 and 2 stay taken: what is opened below must not be in the place of a standard stream.
        var kept = request.inherited.numbers + [channel.initEnd.raw, request.container.descriptor.raw]
        if case .descriptors(let input, let output, let error) = request.stdio { kept += [input.raw, output.raw, error.raw] }
        ProcessState.closeAll(except: kept)
        ProcessState.resetSignals()
        Credentials.setProcessName("wharf-exec")
        try step("exec-create") { () throws(SyscallError) in try syscall("setsid") { setsid() } }
        // In the groups before the first byte of the container is touched.
        try channel.waitFor(InitMessage.joinedByte)
        if let affinity = request.process.execCPUAffinity {
            // Without a list of its own, whatever the groups allow: the first list was for the way here.
            let processors = try ProcessScheduling.processors(affinity).final ?? .all
            try step("cpu-affinity", "final") { () throws(SyscallError) in try processors.apply() }
        }
        if let personality = request.personality {
            let domain = try ProcessScheduling.domain(personality)
            try step("personality", personality.domain) { () throws(SyscallError) in try Scheduling.setPersonality(domain) }
        }
        try step("namespace", "the container's namespaces") { () throws(SyscallError) in
            try Namespaces.enter(container.kinds, of: request.container.descriptor)
        }
        if container.users != nil { try UserNamespacePlan.becomeRoot() }
        let root = try step("rootfs") { () throws(SyscallError) in RootFD(try HostPath("/").open([.handle, .directory])) }
        var setup = ProcessSetup(
            request, hasOwnUsers: container.users != nil, capabilities: capabilities, channel: channel, root: root)
        try setup.resolveUser()
        var terminal: Terminal?
        if case .terminal(let size) = request.stdio { terminal = try Terminal(root: root, size: size) }
        try setup.attachStandardStreams(request.stdio, terminal)
        try setup.limit(nil)
        try setup.becomeUser()
        if let terminal { try channel.sendHandles([terminal.master]) }
        ProcessState.closeAll(except: request.inherited.numbers + [channel.initEnd.raw])
        try setup.notifyAgent()
        try channel.sendReady(warnings: setup.warnings)
        try channel.waitFor(InitMessage.startByte)
        try setup.execute { () throws(RuntimeError) in }
    }
}
