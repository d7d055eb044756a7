// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `start`: the program of a created container.

import WharfOCI
import WharfRuntime

/// The verb.
let startVerb = Verb(
    name: "start", summary: "start the program of a created container", operands: "<container-id>", count: 1...1,
    description: "Lets the program that config.json names run, and returns when it does, or tells why it can't.", flags: []
) { invocation in
    let folder = try invocation.globals.state.open(invocation.operands[0])
    try folder.lock()
    let record = try folder.existingRecord()
    switch try folder.standing(record).status {
    case .created: break
    case .running: throw CommandError("cannot start an already running container")
    case .stopped: throw CommandError("cannot start a container that has stopped")
    case let other: throw CommandError("cannot start a container in the \(other.rawValue) state")
    }
    let spec = try folder.spec()
    try folder.start()
    try runPoststart(spec, record.state(.running))
    return 0
}

/// Runs the hooks that follow a start.
func runPoststart(_ spec: RuntimeSpec, _ state: ContainerState) throws {
    try Hooks.run(spec.hooks?.poststart ?? [], state: state, at: .poststart)
}
