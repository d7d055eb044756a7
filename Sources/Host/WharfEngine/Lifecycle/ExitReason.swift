// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The one sentence that says why a container ended, from what is known about it. Pure.

import WharfDockerAPI
import WharfJSON

/// Puts an exit into words.
enum ExitReason {
    /// - Parameter failedToStart: there was no process; `error` says why.
    static func text(_ exit: ContainerExitExplanation, failedToStart: Bool = false) -> String {
        if failedToStart { return "it could not be started: \(exit.error)" }
        if let memory = exit.outOfMemory { return "the kernel killed for want of memory" + Self.text(memory) }
        if !exit.error.isEmpty { return exit.error }
        if exit.signal != 0 {
            let name = SignalName.name(Int32(exit.signal))
            guard let sender = exit.sender, sender.signal == exit.signal else {
                return "\(name) ended it; it was not sent through the daemon"
            }
            return "\(name) ended it, \(Self.text(sender))"
        }
        if let sender = exit.sender {
            return "it exited with code \(exit.exitCode) after \(SignalName.name(Int32(sender.signal))), \(Self.text(sender))"
        }
        if exit.exitCode > 128, exit.exitCode <= 128 + 64 {
            let name = SignalName.name(Int32(exit.exitCode - 128))
            return "it exited with code \(exit.exitCode), which shells use for a program that \(name) ended"
        }
        return "it exited by itself with code \(exit.exitCode)"
    }

    private static func text(_ memory: ContainerExitExplanation.Memory) -> String {
        if memory.limit <= 0 { return "" }
        return memory.peak > 0 ? ": \(memory.peak) bytes used at most, \(memory.limit) allowed" : ": \(memory.limit) bytes allowed"
    }

    private static func text(_ sender: ContainerExitExplanation.Sender) -> String {
        sender.verb == "shutdown" ? "sent by the daemon on its way out" : "sent by \(sender.verb)"
    }
}
