// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `create`: a container whose program waits for `start`.

import WharfLinux
import WharfRuntime

/// The verb.
let createVerb = Verb(
    name: "create", summary: "create a container", operands: "<container-id>", count: 1...1,
    description: """
        Makes a container from a bundle and returns. Its first process is set up and waits: start lets the program of
        config.json run, delete takes the container away. The process becomes a child of the nearest subreaper above the
        caller, and its standard streams are the caller's, or a terminal that goes over the console socket.
        """,
    flags: ContainerMaking.flags, isSealed: true, failurePrefix: "\(Program.name) create failed: "
) { invocation in
    let making = try ContainerMaking(invocation, isDetached: true)
    let made = try making.make(.later)
    do {
        try made.handOver(invocation.values)
        // From here on it lives without this program.
        try failing("start") { () throws(SyscallError) in try made.process.startChannel.detach() }
    } catch {
        made.undo()
        throw error
    }
    for warning in made.process.warnings { invocation.log.warn(warning) }
    return 0
}
