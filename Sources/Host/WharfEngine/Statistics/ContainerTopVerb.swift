// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `GET /containers/x/top`: the host's ps, cut down to the processes in the container's control group.

import Glibc
import WharfBlocking
import WharfCgroups
public import WharfDockerAPI
import WharfError
import WharfLinux

extension Containers {
    /// The processes of a container that runs.
    ///
    /// - Parameter arguments: for ps; `-ef` is the default.
    /// - Throws: `conflict` when it does not run, `invalidArgument` with ps's own words for its arguments.
    public func top(_ reference: String, arguments: String = "") async throws -> ContainerTopResponse {
        let words = arguments.isEmpty ? "-ef" : arguments
        try ProcessTable.check(words)
        let record = try table.resolve(reference)
        guard record.state.isRunning else { throw Self.notRunning(record.id) }
        let groups = groups
        let response = try await blocking.foreign(key: "ps", deadline: .seconds(30)) {
            let pids = try groups.manager(record).processes()
            return try Self.processes(Set(pids), ProcessTable.fields(words[...]))
        }
        try await journal.write(durable: false, news: [.container(record, "top")]) { _ in }
        return response
    }

    private static func processes(_ pids: Set<Int32>, _ arguments: [String]) throws -> ContainerTopResponse {
        let chosen = "-q" + pids.sorted().map(String.init).joined(separator: ",")
        do {
            // Some flags (as f) can't stand beside -q: then all processes are asked for.
            var output = try HostProgram.run("ps", arguments + [chosen])
            if output.exitCode != 0 { output = try HostProgram.run("ps", arguments) }
            guard output.exitCode == 0 else {
                let complaint = output.error.split(separator: UInt8(ascii: "\n")).first ?? []
                let text = String(decoding: complaint, as: UTF8.self)
                throw WharfError(.invalidArgument, text.isEmpty ? "ps: exit status \(output.exitCode)" : text)
            }
            return try ProcessTable.parse(String(decoding: output.standard, as: UTF8.self), of: pids)
        } catch let error as SyscallError {
            if error.errno == ENOENT, error.path == "ps" {
                throw WharfError(.internal, "ps: the host has no such program, and it is what lists processes", error)
            }
            throw WharfError(.internal, "ps", error)
        }
    }
}
