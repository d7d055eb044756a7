// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `state`: one container as JSON.

import WharfJSON
import WharfLinux
import WharfOCI
import WharfRuntime

/// The verb.
let stateVerb = Verb(
    name: "state", summary: "output the state of a container", operands: "<container-id>", count: 1...1,
    description: """
        Prints the state document of the OCI runtime specification with rootfs, created and owner beside it. The status
        is creating, created, running, paused or stopped.
        """,
    flags: []
) { invocation in
    let folder = try invocation.globals.state.open(invocation.operands[0])
    let container = try ListedContainer(folder)
    var json = JSONWriter()
    container.write(to: &json, owner: "")
    print(indented(json.bytes, by: "  "), to: standardOutput)
    return 0
}

/// A container as `state` and `list` show it.
struct ListedContainer {
    let record: ContainerRecord
    let status: ContainerState.Status

    init(_ folder: ContainerFolder) throws(RuntimeError) {
        record = try folder.existingRecord()
        status = try folder.standing(record).status
    }

    /// 0 for a stopped one.
    var pid: Int32 { status == .stopped ? 0 : record.process?.pid ?? 0 }

    func write(to json: inout JSONWriter, owner: String) {
        json.object { json in
            json.field("ociVersion", "1.2.0")
            json.field("id", record.id)
            json.field("pid", pid)
            json.field("status", status.rawValue)
            json.field("bundle", record.bundle)
            json.field("rootfs", record.rootfs)
            json.field("created", record.created)
            json.nonEmpty("annotations", record.annotations)
            json.field("owner", owner)
        }
    }
}
