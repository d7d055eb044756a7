// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The engine's requests as the shim's messages.

import WharfJSON
import WharfLinux
import WharfShimProtocol

extension TaskCreateRequest {
    /// The create message for a bundle that was written.
    func wire(bundle: HostPath, directories: ShimDirectories) -> CreateRequest {
        var wire = CreateRequest()
        wire.containerID = spec.containerID
        wire.bundle = bundle.description
        wire.rootMounts = rootMounts
        wire.terminal = spec.process.terminal
        (wire.rows, wire.columns) = (rows, columns)
        wire.openStdin = openStdin
        wire.stdinOnce = stdinOnce
        wire.log = log
        wire.exitPath = exitPath
        wire.filterCache = directories.filters.description
        if let runtime {
            wire.runtime = runtime.path
            wire.runtimeArguments = runtime.arguments
            wire.runtimeRoot = directories.runtimes.description
        }
        wire.attaches = attaches.map(\.request)
        return wire
    }
}

extension ExecTaskRequest {
    /// The exec message. - Throws: `TaskFailure` with the step `spec`.
    func wire() throws(TaskFailure) -> ExecRequest {
        var wire = ExecRequest()
        wire.id = id
        wire.process = JSON.encode(try process.runtimeProcess())
        wire.terminal = process.terminal
        (wire.rows, wire.columns) = (rows, columns)
        wire.openStdin = openStdin
        wire.attaches = attaches.map { attach in
            var request = attach.request
            request.process = id
            return request
        }
        return wire
    }
}
