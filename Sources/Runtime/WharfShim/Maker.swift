// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The maker: what the loop's child does to make a container or an exec, and what is done to it later. The loop only
// knows the report that comes back; which runtime did the work is decided here and nowhere else.

import WharfLinux
import WharfShimProtocol

/// An OCI runtime as the loop's children use it. Every call may take long and runs in a child of its own, which ends
/// afterwards: an implementation may enter namespaces and leave descriptors open.
protocol ContainerRuntime {
    /// Makes the container of a bundle, up to the moment before its program runs.
    func create(_ request: CreateRequest, _ ends: ProcessEnds) throws(ShimFailure) -> (MakerReport, [Descriptor])

    /// Makes a process in the container and lets its program run.
    func exec(_ request: ExecRequest, in target: MakerTarget, _ ends: ProcessEnds) throws(ShimFailure) -> (MakerReport, [Descriptor])

    /// Writes new limits, an OCI `linux.resources` object as JSON. - Returns: warnings about what the host can't do.
    func update(_ resources: [UInt8], of target: MakerTarget) throws(ShimFailure) -> [String]

    /// Stops every process of the container; all stand still when this returns.
    func pause(_ target: MakerTarget) throws(ShimFailure)

    func resume(_ target: MakerTarget) throws(ShimFailure)

    /// Removes what is left of a container whose init has ended: its processes, its groups, the runtime's own notes.
    func delete(_ target: MakerTarget) throws(ShimFailure)
}

/// What later work needs to know about its container.
struct MakerTarget {
    let containerID: String
    let initProcess: PidFD
    let initProcessID: Int32
    let cgroupPath: String
    let bundle: HostPath
    let filterCache: HostPath?
}

/// Which OCI runtime a container was made with: everything that is done to it later goes through the same one.
struct RuntimeChoice {
    /// An absolute path; empty for the built-in one.
    let path: String
    /// Before the verb.
    let arguments: [String]
    /// Where it keeps its state (`--root`).
    let root: String

    init(_ request: CreateRequest) {
        (path, arguments, root) = (request.runtime, request.runtimeArguments, request.runtimeRoot)
    }

    /// The runtime that is another program; nil for the built-in one.
    var command: CommandRuntime? { path.isEmpty ? nil : CommandRuntime(choice: self) }

    var runtime: any ContainerRuntime { command ?? BuiltInRuntime() }
}
