// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `POST /containers/x/attach`, in two steps: the check, whose refusal is an HTTP status, and the run, which gets the
// connection when it has left HTTP. The connection goes to the shim; for a container that does not run it waits for the
// start and travels inside the create message.

import Logging
public import WharfDockerAPI
import WharfError
public import WharfLinux
import WharfShimProtocol

/// An attach that was allowed.
public struct AttachSession: Sendable {
    /// The container has a terminal: output is raw, else multiplexed.
    public let isTTY: Bool
    let containers: Containers
    let record: ContainerRecord
    let options: ContainerAttachOptions
    let detachKeys: [UInt8]

    /// Takes the connection over. Comes back when the shim has it, or when it waits for the start.
    public func run(_ connection: HijackedConnection) async {
        do {
            if options.logs { try await writeLogs(to: connection.descriptor) }
            guard options.stream else { return }
            await containers.connect(request(connection), connection.descriptor, to: record.id)
        } catch {
            // The client went away while it was shown the past: there is nobody to tell.
            containers.log.debug("an attach ended early", metadata: ["id": "\(record.id)", "error": "\(error)"])
        }
    }

    private func request(_ connection: HijackedConnection) -> AttachRequest {
        var request = AttachRequest()
        request.token = containers.attaches.makeToken()
        request.stdin = options.stdin && record.config.openStdin
        request.stdout = options.stdout
        request.stderr = options.stderr
        request.framing = isTTY || options.isRaw ? .raw : .multiplexed
        // Without a terminal there are no keys: the bytes are data.
        request.detachKeys = isTTY ? detachKeys : []
        request.initialBytes = connection.initialBytes
        return request
    }

    private func writeLogs(to connection: Descriptor) async throws {
        var wanted = ContainerLogsOptions()
        wanted.stdout = options.stdout
        wanted.stderr = options.stderr
        guard wanted.stdout || wanted.stderr else { return }
        let writer = ConnectionWriter(connection: connection, reactor: containers.reactor)
        try await containers.logStream(record, wanted).run { try await writer.write($0) }
    }
}

extension Containers {
    /// Allows an attach.
    ///
    /// - Throws: `notFound`, `conflict` when paused or between two runs, `invalidArgument` for the detach keys.
    public func attach(_ reference: String, options: ContainerAttachOptions) async throws -> AttachSession {
        let keys = try DetachKeys.parse(options.detachKeys)
        let record = try table.resolve(reference)
        if record.state.isRestarting { throw Self.restarting(record.id) }
        guard !record.state.isPaused else {
            throw WharfError(.conflict, "container \(reference) is paused, unpause the container before attach")
        }
        await publish(record.id, [.container(record, "attach")])
        return AttachSession(isTTY: record.config.tty, containers: self, record: record, options: options, detachKeys: keys)
    }

    /// Gives a connection to the run that is, or the one that comes.
    func connect(_ request: AttachRequest, _ connection: Descriptor, to id: String) async {
        let attach = TaskAttach(request, connection)
        if let task = runs.task(id) { return await hand(attach, to: task) }
        attaches.add(attach, to: id)
        // A start that took the waiting ones in between would have missed this one.
        if let task = runs.task(id), attaches.take(request.token, of: id) { await hand(attach, to: task) }
    }

    func hand(_ attach: TaskAttach, to task: any ContainerTask) async {
        do {
            try await task.attach(attach.request, attach.connection)
        } catch {
            // The container ended first: the connection closes, which is what the client would have seen anyway.
            log.debug("an attach came too late", metadata: ["id": "\(task.containerID)", "error": "\(error)"])
        }
    }
}
