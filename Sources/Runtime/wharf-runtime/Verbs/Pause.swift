// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `pause` and `resume`: the freezer.

import WharfCgroups
import WharfLinux
import WharfOCI
import WharfRuntime

/// The verb that stops all processes.
let pauseVerb = Verb(
    name: "pause", summary: "suspend all processes of a container", operands: "<container-id>", count: 1...1,
    description: "Returns when every process of the container stands still. resume lets them go on.", flags: []
) { invocation in
    let folder = try invocation.globals.state.open(invocation.operands[0])
    let record = try folder.existingRecord()
    let status = try folder.standing(record).status
    guard status == .running || status == .created else { throw CommandError("container not running") }
    let cgroup = try frozenCgroup(record)
    try failing("pause") { () throws(SyscallError) in try cgroup.freeze(timeout: .seconds(10)) }
    return 0
}

/// The verb that lets them go on.
let resumeVerb = Verb(
    name: "resume", summary: "resume all processes that were paused", operands: "<container-id>", count: 1...1,
    description: "Lets the processes of a paused container go on.", flags: []
) { invocation in
    let folder = try invocation.globals.state.open(invocation.operands[0])
    let record = try folder.existingRecord()
    guard try folder.standing(record).status == .paused else { throw CommandError("container not paused") }
    let cgroup = try frozenCgroup(record)
    try failing("resume") { () throws(SyscallError) in try cgroup.thaw() }
    return 0
}

private func frozenCgroup(_ record: ContainerRecord) throws -> any CgroupManager {
    guard let cgroup = try record.cgroup() else { throw CommandError("the host has no control groups to pause with") }
    return cgroup
}
