// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What create and run do alike: from a bundle to a container on record whose program waits for its start.
//
// The order is what makes a kill at any moment harmless: the record names the control groups before they are made, and
// the first process outlives this one only after it is on record (`StartChannel.detach`). So whatever is left, `delete`
// finds it.

import Glibc
import WharfCgroups
import WharfJSON
import WharfLinux
import WharfOCI
import WharfRuntime

/// A container that is being made.
struct ContainerMaking {
    /// The flags of create and run.
    static let flags: [Flag] = [
        .value("bundle", "b", of: "DIR", help: "the bundle's directory (default: the current one)"),
        .value("console-socket", of: "PATH", help: "a unix socket that gets the master of the container's terminal"),
        .value("pid-file", of: "FILE", help: "write the first process's id to FILE"),
        .toggle("no-pivot", help: "change the root without pivot_root, for a host whose root is an initramfs"),
        .toggle("no-new-keyring", help: "keep the caller's session keyring instead of making one"),
        .value("preserve-fds", of: "N", help: "hand N more descriptors from 3 on to the program, behind those of $LISTEN_FDS"),
    ]

    let invocation: Invocation
    let bundle: HostPath
    private(set) var spec: RuntimeSpec
    /// The bundle's config.json; nil when `spec` says something else by now.
    private let document: [UInt8]?
    let preserved: PreservedDescriptors

    /// Reads the bundle and checks the flags against it; nothing is made.
    init(_ invocation: Invocation, isDetached: Bool) throws {
        self.invocation = invocation
        try StateDirectory.check(invocation.operands[0])
        preserved = try PreservedDescriptors(invocation.values)
        bundle = try absolutePath(invocation.values["bundle"] ?? ".")
        do throws(SyscallError) {
            guard try bundle.status().kind == .directory else { throw SyscallError("chdir", bundle.description, errno: ENOTDIR) }
        } catch {
            throw CommandError("chdir \(bundle): \(error.reason)")
        }
        let (spec, document) = try ContainerMaking.readSpec(bundle)
        let group = try cgroupPath(spec.linux.cgroupsPath, id: invocation.operands[0])
        self.document = group.utf8.elementsEqual(spec.linux.cgroupsPath.utf8) ? document : nil
        self.spec = spec
        self.spec.linux.cgroupsPath = group
        if spec.process.args.isEmpty { throw CommandError("args must not be empty") }
        let hasSocket = invocation.values["console-socket"] != nil
        if isDetached && spec.process.terminal && !hasSocket {
            throw CommandError("cannot allocate tty if \(Program.name) will detach without setting console socket")
        }
        if hasSocket && !(isDetached && spec.process.terminal) {
            throw CommandError("cannot use console socket if \(Program.name) will not detach or allocate tty")
        }
    }

    private static func readSpec(_ bundle: HostPath) throws -> (spec: RuntimeSpec, document: [UInt8]) {
        do throws(RuntimeError) {
            return try Bundle.read(bundle)
        } catch {
            if error.errno == ENOENT { throw CommandError("JSON specification file config.json not found") }
            throw error
        }
    }

    /// Makes the container; its program waits. On failure nothing is left.
    func make(_ start: MadeContainer.Start) throws -> MadeContainer {
        let folder = try invocation.globals.state.create(invocation.operands[0])
        let rootfs = spec.root.path.utf8.first == UInt8(ascii: "/") ? HostPath(spec.root.path) : bundle / spec.root.path
        var record = ContainerRecord(
            id: folder.id, bundle: bundle.description, rootfs: rootfs.description, created: .now(), owner: getuid(),
            annotations: spec.annotations, cgroupsPath: spec.linux.cgroupsPath,
            maker: try failing("state") { () throws(SyscallError) in try ProcessIdentity(of: getpid()) })
        do {
            // Before the record names the groups: whoever finds it there may kill all that is in them.
            try refuseOccupied(record)
        } catch {
            // The first error is the one to tell.
            try? folder.remove()
            throw error
        }
        do {
            try folder.write(record)
            try folder.write(spec, document: document)
            let listener = start == .later ? try folder.makeStartSocket() : nil
            let created = try createContainer(request(listener))
            record.maker = nil
            record.process = try failing("state") { () throws(SyscallError) in try ProcessIdentity(of: created.process.pid) }
            try folder.write(record)
            return MadeContainer(folder: folder, record: record, spec: spec, process: created.process)
        } catch {
            // The first error is the one to tell.
            try? removeContainer(folder, record)
            throw error
        }
    }

    /// A group with somebody's processes in it can't become a container's.
    private func refuseOccupied(_ record: ContainerRecord) throws {
        guard let cgroup = try record.cgroup() else { return }
        let found = try failing("cgroup") { () throws(SyscallError) in try cgroup.processes() }
        if !found.isEmpty { throw CommandError("container's cgroup is not empty: \(found.count) process(es) found") }
    }

    private func request(_ listener: Descriptor?) -> NewContainer {
        let size = spec.process.consoleSize
        var stdio = Stdio.descriptors(input: standardInput, output: standardOutput, error: standardError)
        if spec.process.terminal { stdio = .terminal(WindowSize(rows: size.height, columns: size.width)) }
        return NewContainer(
            id: invocation.operands[0], spec: spec, bundle: bundle, stdio: stdio, parent: .caller,
            filterCache: invocation.globals.state.filterCache, start: listener.map { .listener($0) } ?? .channel,
            preservedDescriptors: preserved.additional + preserved.listening, listenDescriptors: preserved.listening,
            usesPivot: !invocation.values.isOn("no-pivot"))
    }
}

/// A container on record whose program waits.
struct MadeContainer {
    enum Start {
        /// By a later command.
        case later
        /// By this one.
        case now
    }

    let folder: ContainerFolder
    let record: ContainerRecord
    let spec: RuntimeSpec
    let process: CreatedProcess

    /// What the caller asked to get: the terminal's master and the process's id.
    func handOver(_ values: FlagValues) throws {
        if let socket = values["console-socket"] { try sendTerminal(process.terminal, to: try absolutePath(socket)) }
        if let file = values["pid-file"] { try writePidFile(process.pid, to: file) }
    }

    /// Ends and removes what was made.
    func undo() {
        // The error that led here is the one to tell.
        try? removeContainer(folder, record)
        // A child that ended is nobody else's to reap.
        _ = try? process.pidfd.waitNow()
    }
}
