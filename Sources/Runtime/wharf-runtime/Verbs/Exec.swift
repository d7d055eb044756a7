// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `exec`: a further process in a running container.

import Glibc
import WharfLinux
import WharfOCI
import WharfRuntime

/// The verb.
let execVerb = Verb(
    name: "exec", summary: "execute a new process in a container",
    operands: "<container-id> <command> [arguments...] | -p FILE <container-id>",
    count: 1...100_000,
    description: """
        Runs a command in the container, as its config.json says and the flags change it, or the process that FILE
        describes. Waits for it and exits with its code; 255 means that it could not be run.
        """,
    flags: [
        .value("console-socket", of: "PATH", help: "a unix socket that gets the master of the process's terminal"),
        .value("cwd", of: "DIR", help: "the working directory in the container"),
        .list("env", "e", of: "NAME=VALUE", help: "a variable beside those of the container"),
        .toggle("tty", "t", help: "give the process a terminal"),
        .value("user", "u", of: "UID[:GID]", help: "the user; a name is looked up in the container"),
        .list("additional-gids", "g", of: "GID", help: "a further group"),
        .value("process", "p", of: "FILE", help: "a process as JSON (OCI runtime specification), instead of command and flags"),
        .toggle("detach", "d", help: "return when the process runs"),
        .value("pid-file", of: "FILE", help: "write the process's id to FILE"),
        .value("process-label", of: "LABEL", help: "the SELinux label"),
        .value("apparmor", of: "PROFILE", help: "the AppArmor profile"),
        .toggle("no-new-privs", help: "no setuid program gives rights"),
        .list("cap", "c", of: "CAPABILITY", help: "a capability beside the container's"),
        .value("preserve-fds", of: "N", help: "hand N more descriptors from 3 on to the process, behind those of $LISTEN_FDS"),
        .list("cgroup", of: "[CONTROLLERS:]PATH", help: "an existing control group below the container's own"),
        .toggle("ignore-paused", help: "allow it in a paused container"),
        .toggle("no-subreaper", help: "taken for compatibility"),
    ], isSealed: true, failurePrefix: "exec failed: ", failureCode: 255
) { invocation in
    let values = invocation.values
    let preserved = try PreservedDescriptors(values)
    let folder = try invocation.globals.state.open(invocation.operands[0])
    let record = try folder.existingRecord()
    let standing = try folder.standing(record)
    guard let container = standing.process else { throw CommandError("cannot exec in a stopped container") }
    if standing.status == .paused && !values.isOn("ignore-paused") {
        throw CommandError("cannot exec in a paused container (use --ignore-paused to override)")
    }
    let spec = try folder.spec()
    let process = try execProcess(invocation, spec.process)
    let (isDetached, socket) = (values.isOn("detach"), values["console-socket"])
    if isDetached && process.terminal && socket == nil {
        throw CommandError("cannot allocate tty if \(Program.name) will detach without setting console socket")
    }
    if socket != nil && !(isDetached && process.terminal) {
        throw CommandError("cannot use console socket if \(Program.name) will not detach or allocate tty")
    }
    var stdio = Stdio.descriptors(input: standardInput, output: standardOutput, error: standardError)
    if process.terminal { stdio = .terminal(WindowSize(rows: process.consoleSize.height, columns: process.consoleSize.width)) }
    let foreground = isDetached ? nil : try Foreground()
    var request = NewProcess(
        process: process, container: container, cgroupsPath: record.cgroupsPath, stdio: stdio, parent: .caller,
        filter: try seccompFilter(spec, cache: invocation.globals.state.filterCache), namespaces: spec.linux.namespaces,
        state: record.state(standing.status), preservedDescriptors: preserved.additional + preserved.listening,
        listenDescriptors: preserved.listening, personality: spec.linux.personality)
    request.subgroups = try cgroupSubpaths(values.all("cgroup"))
    let created = try executeProcess(request)
    do {
        if let socket { try sendTerminal(created.terminal, to: try absolutePath(socket)) }
        if let file = values["pid-file"] { try writePidFile(created.pid, to: file) }
        try startNow(created)
        for warning in created.warnings { invocation.log.warn(warning) }
        return try foreground?.wait(created) ?? 0
    } catch {
        // It may have ended by itself; the error to tell is the one above.
        try? created.pidfd.send(SIGKILL)
        throw error
    }
}

/// The process to run: the one of `--process`, or the container's own with what the flags change.
private func execProcess(_ invocation: Invocation, _ base: RuntimeSpec.Process) throws -> RuntimeSpec.Process {
    let values = invocation.values
    let command = Array(invocation.operands.dropFirst())
    if let file = values["process"] {
        let path = try absolutePath(file)
        let bytes: [UInt8]
        do throws(SyscallError) { bytes = try path.read(limit: Bundle.specLimit) } catch { throw CommandError("\(path): \(error)") }
        do { return try RuntimeSpec.Process(json: bytes) } catch { throw CommandError("\(path): \(error)") }
    }
    if command.isEmpty { throw CommandError("process args cannot be empty") }
    var process = base
    process.args = command
    process.terminal = values.isOn("tty")
    process.consoleSize = RuntimeSpec.ConsoleSize()
    process.env += values.all("env")
    if let directory = values["cwd"] { process.cwd = directory }
    if let label = values["process-label"] { process.selinuxLabel = label }
    if let profile = values["apparmor"] { process.apparmorProfile = profile }
    if values.isOn("no-new-privs") { process.noNewPrivileges = true }
    for name in values.all("cap") {
        process.capabilities.bounding.append(name)
        process.capabilities.effective.append(name)
        process.capabilities.permitted.append(name)
    }
    if let user = values["user"] { process.user = try execUser(user, base.user) }
    for group in values.all("additional-gids") {
        guard let gid = UInt32(group) else { throw UsageError("invalid value \"\(group)\" for flag -additional-gids") }
        process.user.additionalGids.append(gid)
    }
    return process
}

/// `UID[:GID]`; what is no number is looked up in the container.
private func execUser(_ text: String, _ base: RuntimeSpec.User) throws -> RuntimeSpec.User {
    var user = base
    user.username = ""
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    if let uid = UInt32(parts[0]) {
        user.uid = uid
        if parts.count == 1 { return user }
        if let gid = UInt32(parts[1]) {
            user.gid = gid
            return user
        }
    }
    user.username = text
    return user
}
