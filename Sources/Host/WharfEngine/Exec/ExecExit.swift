// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The end of an exec: its code, its row, its event, once each.

import Logging
import WharfMetadata

extension Containers {
    /// The shim tells that an exec has ended.
    func execExited(_ id: String, of container: String, code: Int32) async {
        let outcome = execs.change(id) { state in
            switch state {
            case .starting: .exited(code: code, pid: 0)
            case .running(let pid): .exited(code: code, pid: pid)
            case .created, .exited: nil
            }
        }
        guard let outcome, outcome.changed, let record = table.record(container) else { return }
        await execEnded(outcome.exec, record)
    }

    /// Row and event of an exec that has ended.
    func execEnded(_ exec: ExecRecord, _ record: ContainerRecord) async {
        guard case .exited(let code, _) = exec.state else { return }
        let news = EngineEvent.container(record, "exec_die", ["execID": exec.id, "exitCode": String(code)])
        await write(exec, news: [news])
    }

    /// Writes the present state of an exec.
    func persist(exec id: String) async {
        guard let exec = execs.exec(id), !exec.isProbe else { return }
        await write(exec, news: [])
    }

    private func write(_ exec: ExecRecord, news: [EngineEvent]) async {
        if exec.isProbe { return await publish(exec.containerID, news) }
        do {
            try await journal.ordered(exec.containerID) { [journal, execs] in
                // The newest state, whoever writes first.
                let newest = execs.exec(exec.id) ?? exec
                let gone = execs.takeGone(of: exec.containerID)
                try await journal.write(durable: false, news: news) { transaction in
                    do { try transaction.update(newest) } catch MetadataError.notFound {}
                    for id in gone { try transaction.delete(ExecRecord.self, id: id) }
                }
            }
        } catch {
            log.error("the state of an exec could not be written", metadata: ["id": "\(exec.id)", "error": "\(error)"])
        }
    }
}
