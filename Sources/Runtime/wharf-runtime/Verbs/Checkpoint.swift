// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `checkpoint` and `restore`: words that callers may use and that have one honest answer.

import WharfRuntime

/// The verb that would write a container's processes to disk.
let checkpointVerb = Verb(
    name: "checkpoint", summary: "not available: checkpoint a running container", operands: "<container-id>", count: 1...1,
    description: "Checkpoints need CRIU, which this runtime does not drive. The verb exists to say so.", flags: checkpointFlags
) { invocation in
    _ = try invocation.globals.state.open(invocation.operands[0]).existingRecord()
    throw CommandError("checkpoint is not available: \(Program.name) does not support CRIU")
}

/// The verb that would bring them back.
let restoreVerb = Verb(
    name: "restore", summary: "not available: restore a container from a checkpoint", operands: "<container-id>", count: 1...1,
    description: "Checkpoints need CRIU, which this runtime does not drive. The verb exists to say so.",
    flags: checkpointFlags + ContainerMaking.flags + [.toggle("detach", "d", help: "taken for compatibility")]
) { _ in
    throw CommandError("restore is not available: \(Program.name) does not support CRIU")
}

/// runc's, so that the answer is about the verb and not about a flag.
private let checkpointFlags: [Flag] = [
    .value("image-path", of: "DIR", help: "taken for compatibility"), .value("work-path", of: "DIR", help: "taken for compatibility"),
    .value("parent-path", of: "DIR", help: "taken for compatibility"), .toggle("leave-running", help: "taken for compatibility"),
    .toggle("tcp-established", help: "taken for compatibility"), .toggle("ext-unix-sk", help: "taken for compatibility"),
    .toggle("shell-job", help: "taken for compatibility"), .toggle("file-locks", help: "taken for compatibility"),
    .toggle("lazy-pages", help: "taken for compatibility"), .value("status-fd", of: "N", help: "taken for compatibility"),
    .value("page-server", of: "ADDRESS", help: "taken for compatibility"), .toggle("pre-dump", help: "taken for compatibility"),
    .value("manage-cgroups-mode", of: "MODE", help: "taken for compatibility"),
    .list("empty-ns", of: "KIND", help: "taken for compatibility"),
    .toggle("auto-dedup", help: "taken for compatibility"), .toggle("no-subreaper", help: "taken for compatibility"),
]
