// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A process that this program waits for: signals are passed on, a terminal is carried between the caller's streams and the
// process, and its exit code becomes this program's.

import Glibc
import WharfLinux
import WharfRuntime

/// The wait for one process in the foreground.
struct Foreground {
    /// Everything that somebody may send to a foreground program on purpose.
    private static let forwarded = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU, SIGALRM]

    private let signals: SignalFD

    /// Takes over the signals: to be made before the process, so that none is lost in between.
    init() throws(RuntimeError) {
        signals = try failing("signals") { () throws(SyscallError) in try SignalFD(Foreground.forwarded + [SIGWINCH, SIGCHLD]) }
    }

    /// Waits for the process; answers its exit code. Other children (orphans of the container) are reaped on the way.
    func wait(_ process: CreatedProcess) throws -> Int32 {
        guard let master = process.terminal else { return try failing("wait") { () throws(SyscallError) in try waitPlain(process.pidfd) } }
        var carrier = try TerminalCarrier(master: master)
        defer { carrier.restore() }
        return try failing("wait") { () throws(SyscallError) in try waitCarrying(process.pidfd, &carrier) }
    }

    private func waitPlain(_ process: PidFD) throws(SyscallError) -> Int32 {
        while true {
            if let code = try exitCode(process) { return code }
            _ = try signals.descriptor.waitReadable(timeout: .seconds(3600))
            try forward(to: process) { () throws(SyscallError) in try process.send(SIGWINCH) }
        }
    }

    private func waitCarrying(_ process: PidFD, _ carrier: inout TerminalCarrier) throws(SyscallError) -> Int32 {
        while true {
            if let code = try exitCode(process) {
                carrier.drain()
                return code
            }
            let ready = try carrier.wait(signals: signals.descriptor)
            if ready.contains(.signals) { try forward(to: process) { () throws(SyscallError) in try carrier.resize() } }
            if ready.contains(.output) { carrier.carryOutput() }
            if ready.contains(.input) { carrier.carryInput() }
        }
    }

    private func exitCode(_ process: PidFD) throws(SyscallError) -> Int32? {
        if let exit = try process.waitNow() { return exit.code }
        return nil
    }

    private func forward(to process: PidFD, resized: () throws(SyscallError) -> Void) throws(SyscallError) {
        for signal in try signals.read() {
            switch signal {
            case SIGCHLD: try reapOthers(than: process)
            // The window may be gone: then its size changes nothing.
            case SIGWINCH: try? resized()
            // ESRCH: it has ended, which the next round sees.
            default: try? process.send(signal)
            }
        }
    }

    /// Orphans come to the nearest subreaper, which a foreground run is. The process itself is left for `exitCode`.
    private func reapOthers(than process: PidFD) throws(SyscallError) {
        while try !process.hasEnded(), try PidFD.reapAny() != nil {}
    }
}
