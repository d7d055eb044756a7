// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The namespaces that a container shares with another one (`--pid container:X`, `--ipc container:X`). The record holds the
// other's id; which process that is is asked for at each start, because it is another one after each start of the other.

import WharfDockerAPI
import WharfError

/// Whose namespaces a container joins at this start; pids are the host's.
struct ContainerJoins: Sendable, Equatable {
    /// The first process of the container whose processes are seen.
    var pid: Int32?
    /// The first process of the container whose semaphores, queues and /dev/shm are shared.
    var ipc: Int32?
}

extension String {
    /// The X of `container:X`; nil for another mode.
    var joinedContainer: String? {
        utf8.starts(with: "container:".utf8) ? String(dropFirst(10)) : nil
    }
}

extension Containers {
    /// At create: names become ids, so that the other container can be renamed.
    ///
    /// - Throws: `invalidArgument` with Docker's text when there is no such container.
    func adaptSharedNamespaces(_ host: inout HostConfig) throws(WharfError) {
        for mode in [\HostConfig.pidMode, \HostConfig.ipcMode] {
            guard let other = host[keyPath: mode].joinedContainer else { continue }
            do throws(WharfError) {
                host[keyPath: mode] = "container:\(try table.resolve(other).id)"
            } catch {
                throw WharfError(.invalidArgument, error.message, cause: error)
            }
        }
    }

    /// At start: the processes that run now.
    ///
    /// - Throws: `conflict` or `invalidArgument` with Docker's texts when the other is gone, does not run or does not share.
    func joins(_ host: HostConfig) throws(WharfError) -> ContainerJoins {
        var joins = ContainerJoins()
        if let other = host.ipcMode.joinedContainer {
            let failed = "failed to join IPC namespace: "
            let record = try running(other, failed)
            guard ["host", "shareable"].contains(record.hostConfig.ipcMode) || record.hostConfig.ipcMode.joinedContainer != nil else {
                throw WharfError(
                    .invalidArgument,
                    "\(failed)container \(other): non-shareable IPC (hint: use IpcMode:shareable for the donor container)")
            }
            joins.ipc = try process(of: record, failed)
        }
        if let other = host.pidMode.joinedContainer {
            let failed = "failed to join PID namespace: "
            joins.pid = try process(of: running(other, failed), failed)
        }
        return joins
    }

    private func running(_ reference: String, _ failed: String) throws(WharfError) -> ContainerRecord {
        do throws(WharfError) {
            let record = try table.resolve(reference)
            guard record.state.isRunning else { throw WharfError(.conflict, "container \(reference) is not running") }
            return record
        } catch {
            throw WharfError(error.code == .notFound ? .invalidArgument : error.code, failed + error.message, cause: error)
        }
    }

    private func process(of record: ContainerRecord, _ failed: String) throws(WharfError) -> Int32 {
        guard case .running(let running) = record.state, running.pid > 0 else {
            throw WharfError(.conflict, "\(failed)container \(record.id) is not running")
        }
        return running.pid
    }
}
