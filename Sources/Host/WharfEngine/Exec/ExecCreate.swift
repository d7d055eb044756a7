// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `POST /containers/x/exec`: writes down what is to be run. Nothing runs yet.

public import WharfDockerAPI
import WharfError
import WharfMetadata

extension Execs {
    /// Registers an exec in a running container.
    ///
    /// - Throws: `notFound`, `conflict` when it does not run or is paused, `invalidArgument` without a command.
    public func create(_ reference: String, _ request: ExecCreateRequest) async throws -> ExecCreateResponse {
        guard let program = request.cmd?.first, !program.isEmpty else { throw WharfError(.invalidArgument, "no exec command specified") }
        let (record, _) = try runningContainer(try containers.table.resolve(reference))
        let keys: [UInt8]
        do { keys = try DetachKeys.parse(request.detachKeys) } catch {
            throw WharfError(.invalidArgument, "Invalid escape keys (\(request.detachKeys)) provided", cause: error)
        }
        if !request.workingDirectory.isEmpty, !CleanPath.isAbsolute(request.workingDirectory) {
            throw WharfError(
                .invalidArgument, "the working directory '\(request.workingDirectory)' is invalid, it needs to be an absolute path")
        }
        let exec = ExecRecord(
            id: ContainerID.make(), containerID: record.id, request: request,
            user: request.user.isEmpty ? record.config.user : request.user, detachKeys: request.detachKeys.isEmpty ? [] : keys)
        let news = EngineEvent.container(record, "exec_create: \(exec.commandLine)", ["execID": exec.id])
        try await containers.journal.ordered(record.id) { [containers] in
            try await containers.journal.write(durable: false, news: [news]) { try $0.insert(exec) }
        }
        containers.execs.insert(exec)
        return ExecCreateResponse(id: exec.id)
    }
}
