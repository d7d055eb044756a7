// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `run`: make, start, pass signals on, wait, remove.

import Glibc
import WharfCgroups
import WharfLinux
import WharfOCI
import WharfRuntime

/// Runs the bundle's container in the foreground; answers its exit code.
///
/// Standard streams are handed over as they are. A terminal is refused: it needs somebody who owns its master, which is
/// the shim.
func runContainer(id: String, bundle: HostPath) throws(RuntimeError) -> Int32 {
    let spec = try Bundle.readSpec(bundle)
    if spec.process.terminal {
        throw RuntimeError(step: "spec", errno: ENOTSUP, text: "process.terminal is not available with run: set it to false")
    }
    let streams = [Descriptor(owning: 0), Descriptor(owning: 1), Descriptor(owning: 2)]
    // The numbers stay this program's own, whatever happens below.
    defer { for stream in streams { _ = stream.release() } }
    // Before the container exists, so that no signal is lost between its making and the first wait.
    let signals = try failing("signals") { () throws(SyscallError) in try SignalFD(forwardedSignals + [SIGCHLD]) }
    let created = try createContainer(
        NewContainer(
            id: id, spec: spec, bundle: bundle, stdio: .descriptors(input: streams[0], output: streams[1], error: streams[2]),
            parent: .caller))
    for warning in created.process.warnings { write("wharf-runtime: warning: \(warning)\n", to: 2) }
    defer {
        // What is left of the container goes with it; a group that stays is only a name.
        try? created.cgroup?.killAll(timeout: .seconds(5))
        try? created.cgroup?.delete(timeout: .seconds(5))
    }
    do {
        try failing("start") { () throws(SyscallError) in try created.process.startChannel.start() }
        try created.process.startChannel.waitStarted()
    } catch {
        // It may have ended by itself; the error to tell is the one above.
        try? created.process.pidfd.send(SIGKILL)
        // The same.
        _ = try? created.process.pidfd.wait()
        throw error
    }
    return try failing("wait") { () throws(SyscallError) in try waitForwarding(created.process.pidfd, signals) }
}

/// Everything that somebody may send to a foreground program on purpose.
private let forwardedSignals = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT, SIGTSTP]

/// Waits for the process and sends on what arrives meanwhile.
private func waitForwarding(_ process: PidFD, _ signals: SignalFD) throws(SyscallError) -> Int32 {
    while true {
        if let exit = try process.waitNow() { return exit.code }
        _ = try signals.descriptor.waitReadable(timeout: .seconds(3600))
        for signal in try signals.read() where signal != SIGCHLD {
            // ESRCH: it has ended, which the next round sees.
            try? process.send(signal)
        }
    }
}

private func failing<Result>(_ step: String, _ body: () throws(SyscallError) -> Result) throws(RuntimeError) -> Result {
    do { return try body() } catch { throw RuntimeError(step: step, error) }
}
