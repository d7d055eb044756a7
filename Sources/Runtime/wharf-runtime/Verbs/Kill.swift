// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `kill`: a signal for the first process, or for all of the container's.

import Glibc
import WharfCgroups
import WharfLinux
import WharfOCI
import WharfRuntime

/// The verb.
let killVerb = Verb(
    name: "kill", summary: "send a signal to a container's first process (default: SIGTERM)", operands: "<container-id> [signal]",
    count: 1...2,
    description: """
        The signal is a name with or without SIG (TERM, SIGKILL, RTMIN+3) or a number. A container whose processes live in
        somebody else's pid namespace does not end with its first process: there KILL goes to all of them.
        """,
    flags: [.toggle("all", "a", help: "send the signal to every process of the container")]
) { invocation in
    let folder = try invocation.globals.state.open(invocation.operands[0])
    let record = try folder.existingRecord()
    let text = invocation.operands.count > 1 ? invocation.operands[1] : "SIGTERM"
    guard let signal = signalNumber(text) else { throw CommandError("unknown signal \"\(text)\"") }
    let standing = try folder.standing(record)
    let sharesProcesses = try signal == SIGKILL && !hasOwnProcesses(folder)
    if invocation.values.isOn("all") || sharesProcesses {
        try signalAll(record, signal)
        if sharesProcesses && standing.process == nil { return 0 }
        if invocation.values.isOn("all") { return 0 }
    }
    guard let process = standing.process else { throw CommandError("container not running") }
    do throws(SyscallError) {
        try process.send(signal)
    } catch  where error.errno == ESRCH {
        throw CommandError("container not running")
    } catch {
        throw RuntimeError(step: "kill", error)
    }
    // A frozen process takes the signal when it is thawed, which a kill must not wait for.
    if signal == SIGKILL, standing.status == .paused { try failing("kill") { () throws(SyscallError) in try thaw(record) } }
    return 0
}

/// Whether the container has a pid namespace of its own, which the kernel ends with its first process.
private func hasOwnProcesses(_ folder: ContainerFolder) throws -> Bool {
    try folder.spec().linux.namespaces.contains { $0.type.utf8.elementsEqual("pid".utf8) && $0.path.isEmpty }
}

/// Sends a signal to every process in the container's groups.
private func signalAll(_ record: ContainerRecord, _ signal: Int32) throws {
    guard let cgroup = try record.cgroup() else { return }
    try failing("kill") { () throws(SyscallError) in
        if signal == SIGKILL { return try cgroup.killAll(timeout: .seconds(10)) }
        var members: [(pid: Int32, process: PidFD)] = []
        for pid in try cgroup.processes() {
            // One that went away meanwhile needs no signal.
            if let process = try? PidFD.open(pid) { members.append((pid, process)) }
        }
        // Asked again with the handles held: a pid that was given to somebody else in between is not in here.
        let present = Set(try cgroup.processes())
        for member in members where present.contains(member.pid) {
            // ESRCH: it ended by itself.
            try? member.process.send(signal)
        }
    }
}

private func thaw(_ record: ContainerRecord) throws(SyscallError) {
    // Without groups nothing is frozen.
    guard let cgroup = (try? record.cgroup()) ?? nil else { return }
    try cgroup.thaw()
}

/// The number of a signal by name or number, nil for an unknown one.
func signalNumber(_ text: String) -> Int32? {
    if let number = Int32(text) { return (1...64).contains(number) ? number : nil }
    var name = text.utf8.map { $0 >= 0x61 && $0 <= 0x7a ? $0 & ~0x20 : $0 }[...]
    if name.starts(with: "SIG".utf8) { name = name.dropFirst(3) }
    if let number = signalNames.first(where: { $0.0.utf8.elementsEqual(name) })?.1 { return number }
    for (base, number, direction) in [("RTMIN", Int32(34), Int32(1)), ("RTMAX", 64, -1)] where name.starts(with: base.utf8) {
        let rest = name.dropFirst(5)
        if rest.isEmpty { return number }
        guard rest.first == UInt8(ascii: direction > 0 ? "+" : "-"), let offset = Int32(String(decoding: rest.dropFirst(), as: UTF8.self)),
            (0...30).contains(offset)
        else { return nil }
        return number + direction * offset
    }
    return nil
}

/// signal(7), x86 and arm.
private let signalNames: [(String, Int32)] = [
    ("HUP", SIGHUP), ("INT", SIGINT), ("QUIT", SIGQUIT), ("ILL", SIGILL), ("TRAP", SIGTRAP), ("ABRT", SIGABRT), ("IOT", SIGABRT),
    ("BUS", SIGBUS), ("FPE", SIGFPE), ("KILL", SIGKILL), ("USR1", SIGUSR1), ("SEGV", SIGSEGV), ("USR2", SIGUSR2), ("PIPE", SIGPIPE),
    ("ALRM", SIGALRM), ("TERM", SIGTERM), ("STKFLT", 16), ("CHLD", SIGCHLD), ("CLD", SIGCHLD), ("CONT", SIGCONT), ("STOP", SIGSTOP),
    ("TSTP", SIGTSTP), ("TTIN", SIGTTIN), ("TTOU", SIGTTOU), ("URG", SIGURG), ("XCPU", SIGXCPU), ("XFSZ", SIGXFSZ), ("VTALRM", SIGVTALRM),
    ("PROF", SIGPROF), ("WINCH", SIGWINCH), ("IO", SIGIO), ("POLL", SIGIO), ("PWR", 30), ("SYS", SIGSYS), ("UNUSED", SIGSYS),
]
