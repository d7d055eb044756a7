// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// shutdown: the daemon has the exit record, the shim may end.

import Glibc
import WharfLinux
import WharfShimProtocol

extension Shim {
    /// How long clients get to take what is left after the shim's end.
    private static let lastOutput = Duration.seconds(60)

    func shutdown(id: UInt64, from connection: ShimConnection) {
        switch phase {
        case .making, .live: connection.refuse(id, "shutdown", EBUSY, "the container lives")
        case .empty:
            connection.reply(.done, to: id)
            end()
        case .stopped:
            shutdownRequest = (connection, id)
            finishShutdown()
        }
    }

    /// Ends once the control groups are gone, so that the daemon finds a clean host.
    func finishShutdown() {
        guard let (connection, id) = shutdownRequest, case .stopped(let stopped) = phase, stopped.isSwept else { return }
        shutdownRequest = nil
        makeExitSafe()
        connection.reply(.done, to: id)
        end()
        if !lingering.isEmpty { lingerInChild() }
    }

    /// Slow clients get the rest of their output from a child, which the daemon does not wait for.
    private func lingerInChild() {
        // Without the child those clients lose what they have not read, which is all that can be done then.
        guard let fork = try? Fork.now(), case .child = fork else { return }
        Credentials.setProcessName("wharf-drain")
        closeDoors()
        loop.goOn()
        loop.after(Self.lastOutput) { _exit(0) }
        endsWhenDrained = true
    }
}
