// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One process of the container, init or exec, as the loop holds it: by pidfd, with its streams, until its end is told.

import WharfLinux
import WharfShimProtocol

/// A process that the maker made.
final class TaskProcess {
    /// The exec's id, empty for init.
    let id: String
    let processID: Int32
    let process: PidFD
    var streams: ProcessStreams?
    /// How it ended, set when it has been reaped.
    private(set) var ending: ExitRecord?
    /// Set when its end may be told.
    var record: ExitRecord?
    /// Requests that wait for the record.
    var waiters: [(connection: ShimConnection, id: UInt64)] = []

    init(id: String, processID: Int32, process: PidFD) {
        (self.id, self.processID, self.process) = (id, processID, process)
    }

    /// ESRCH once it has ended.
    func send(_ signal: Int32) throws(SyscallError) {
        guard ending == nil else { throw SyscallError("pidfd_send_signal", errno: 3 /* ESRCH */) }
        try process.send(signal)
    }

    /// It was reaped.
    func ended(_ exit: ProcessExit) {
        ending = ExitRecord(status: exit)
        streams?.drain()
    }

    /// Whether it has ended, reaped or not, or its files are being closed because it ends.
    var isEnding: Bool {
        // A process that is not there any more has been reaped; one that can't be looked at counts as running.
        ending != nil || (try? ProcessStatus(of: processID))?.isEnding == true
    }

    /// Whether it has ended and nothing more can come out of it.
    var isComplete: Bool { ending != nil && (streams?.isOutputEnded ?? true) }

    /// How it ended, for the record.
    func makeRecord(oomKilled: Bool = false, error: String = "") -> ExitRecord {
        // Without an ending it was killed with the container, and the kernel has not told yet.
        var record = ending ?? ExitRecord(status: .signaled(signal: 9))
        record.oomKilled = oomKilled
        record.error = error
        return record
    }
}
