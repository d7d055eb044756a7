// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// exec: a further process, made and started in one go.

import Glibc
import WharfLinux
import WharfShimProtocol

extension Shim {
    func exec(_ request: ExecRequest, _ clients: [Descriptor], id: UInt64, from connection: ShimConnection) {
        guard let container, container.hasStarted, container.initProcess.ending == nil else {
            return connection.refuse(id, "request", ESRCH, "the container does not run")
        }
        guard !request.id.isEmpty, request.attaches.count == clients.count else {
            return connection.refuse(id, "request", EINVAL, "the exec request has no id, or lacks connections")
        }
        guard container.execs[request.id] == nil, !container.execsBeingMade.contains(request.id) else {
            return connection.refuse(id, "request", EEXIST, "exec \(request.id) exists")
        }
        do throws(ShimFailure) {
            // Without clients nobody can read: a full pipe would stop the process.
            let isAttached = request.attaches.contains { $0.stdout || $0.stderr }
            let (ours, theirs) = try Self.makeStreams(terminal: request.terminal, stdin: request.openStdin, output: isAttached)
            let (runtime, target) = (container.runtime.runtime, container.target)
            try help("maker", keeping: theirs.all + [target.initProcess.descriptor]) { () throws(ShimFailure) in
                try runtime.exec(request, in: target, theirs)
            } completion: { [unowned self] outcome in
                container.execsBeingMade.remove(request.id)
                do throws(ShimFailure) {
                    try begin(request, MadeProcess(outcome.get()), ours, clients, in: container, id, connection)
                } catch {
                    connection.reply(.failure(error), to: id)
                }
                concludeIfComplete()
            }
            container.execsBeingMade.insert(request.id)
        } catch {
            connection.reply(.failure(error), to: id)
        }
    }

    private func begin(
        _ request: ExecRequest, _ made: MadeProcess, _ ours: StandardStreams, _ clients: [Descriptor], in container: Container,
        _ id: UInt64, _ connection: ShimConnection
    ) throws(ShimFailure) {
        let process = TaskProcess(id: request.id, processID: made.processID, process: made.process)
        do throws(SyscallError) {
            process.streams = try makeStreams(
                ours, made.terminal, stdin: request.openStdin, size: WindowSize(rows: request.rows, columns: request.columns),
                log: nil, closesInputWithClient: true, of: process)
            for (attach, client) in zip(request.attaches, clients) { try process.streams?.attach(attach, client) }
        } catch {
            // It can't be served, so it must not go on unseen. ESRCH: it has ended.
            try? made.process.send(SIGKILL)
            throw ShimFailure(step: "streams", error)
        }
        container.execs[request.id] = process
        connection.reply(.pid(made.processID), to: id)
        if let exit = claimEnd(of: made.processID) {
            process.ended(exit)
            processEnded(process)
        }
    }
}
