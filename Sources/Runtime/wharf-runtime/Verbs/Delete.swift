// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `delete`: everything that is left of a container.

import Glibc
import WharfLinux
import WharfOCI
import WharfRuntime

/// The verb.
let deleteVerb = Verb(
    name: "delete", summary: "delete what a container holds", operands: "<container-id>", count: 1...1,
    description: """
        Takes away a container that has stopped, or one that was created and never started: its processes, its control
        groups and what is remembered of it. What an interrupted create left behind is taken away too.
        """,
    flags: [.toggle("force", "f", help: "kill the container first if it still runs; a container that does not exist is fine")]
) { invocation in
    let isForced = invocation.values.isOn("force")
    do throws(any Error) {
        try delete(try invocation.globals.state.open(invocation.operands[0]), isForced: isForced, invocation.log)
    } catch let error as RuntimeError where isForced && error.step == "state" && error.errno == ENOENT {
        return 0
    }
    return 0
}

private func delete(_ folder: ContainerFolder, isForced: Bool, _ log: Log) throws {
    // A create that hangs, in a hook or a mount, holds the lock; its first process is found in the groups below.
    if isForced, let maker = try failing("delete", { () throws(SyscallError) in try (try? folder.record())?.maker?.open() }) {
        // ESRCH: it ended by itself.
        try? maker.send(SIGKILL)
    }
    try folder.lock()
    guard let record = try folder.record() else {
        // Interrupted before there was a record: then nothing else was made.
        return try folder.remove()
    }
    let standing = try folder.standing(record)
    if !isForced && (standing.status == .running || standing.status == .paused) {
        throw CommandError("cannot delete container \(folder.id) that is not stopped: \(standing.status.rawValue)")
    }
    // A record without a spec is what an interrupted create leaves: it had no hooks to run yet.
    let spec = try? folder.spec()
    try removeContainer(folder, record)
    guard record.process != nil, let hooks = spec?.hooks?.poststop else { return }
    for failure in Hooks.runAll(hooks, state: record.state(.stopped), at: .poststop) { log.warn(failure) }
}
