// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `run`: create, start, wait, delete.

import Glibc
import WharfLinux
import WharfOCI
import WharfRuntime

/// The verb.
let runVerb = Verb(
    name: "run", summary: "create and run a container", operands: "<container-id>", count: 1...1,
    description: """
        Makes a container from a bundle, starts its program and waits for it; the exit code is the program's, or 128 and
        the number of the signal that ended it. With a terminal in config.json the caller's own terminal is used, and with
        --detach the console socket. The container is deleted when its program ends, unless --keep is given.
        """,
    flags: ContainerMaking.flags + [
        .toggle("detach", "d", help: "return when the program runs; delete the container with delete"),
        .toggle("keep", help: "do not delete the container when its program ends"),
        .toggle("no-subreaper", help: "do not become the parent of the container's orphans"),
    ], isSealed: true, failurePrefix: "\(Program.name) run failed: "
) { invocation in
    let isDetached = invocation.values.isOn("detach")
    let making = try ContainerMaking(invocation, isDetached: isDetached)
    if !isDetached && !invocation.values.isOn("no-subreaper") {
        try failing("run") { () throws(SyscallError) in try Credentials.setSubreaper() }
    }
    let foreground = isDetached ? nil : try Foreground()
    let made = try making.make(.now)
    let code: Int32
    do {
        try made.handOver(invocation.values)
        try startNow(made.process)
        try runPoststart(made.spec, made.record.state(.running))
        for warning in made.process.warnings { invocation.log.warn(warning) }
        guard let foreground else { return 0 }
        code = try foreground.wait(made.process)
    } catch {
        made.undo()
        throw error
    }
    if invocation.values.isOn("keep") { return code }
    try removeContainer(made.folder, made.record)
    let stopped = made.record.state(.stopped)
    for failure in Hooks.runAll(made.spec.hooks?.poststop ?? [], state: stopped, at: .poststop) { invocation.log.warn(failure) }
    // Here and not in main: to give back all that was read for the container would be the dearest part of the end.
    exit(code)
}

/// Lets a process that this command made run its program.
func startNow(_ process: CreatedProcess) throws {
    try failing("start") { () throws(SyscallError) in try process.startChannel.start() }
    try process.startChannel.waitStarted()
}
