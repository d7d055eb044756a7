// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf why`: the last exit of each container in detail, and the ones before it in a line each.

import WharfClient
import WharfDockerAPI
import WharfJSON

/// Explains exits.
enum ContainerWhy {
    static let command = Command(
        name: "why", usage: "CONTAINER [CONTAINER...]", summary: "Say why one or more containers ended",
        aliases: ["wharf container why", "wharf why"], operands: .atLeast(1)
    ) { call in
        await call.forEachOperand { name in
            text(try await call.client.why(name), name)
        }
    }

    static func text(_ exits: [ContainerExitExplanation], _ name: String) -> String {
        guard let last = exits.first else { return "\(name) has not ended." }
        var lines = ["\(last.name): \(last.reason)"]
        func add(_ label: String, _ value: String) {
            lines.append("  " + label + String(repeating: " ", count: max(1, 10 - label.utf8.count)) + value)
        }
        add("code", "\(last.exitCode)" + (last.restarts ? ", its restart policy starts it again" : ""))
        if last.finishedAt != .zero { add("ended", "\(last.finishedAt.rfc3339), \(seconds(last)) after its start") }
        if let sender = last.sender { add("signal", "\(sender.signal), sent by \(sender.verb) at \(sender.time.rfc3339)") }
        if let memory = last.outOfMemory { add("memory", "\(memory.peak) bytes at most, \(memory.limit) allowed") }
        if let health = last.health {
            let output = health.output.split(separator: "\n").first.map(String.init) ?? ""
            add(
                "health",
                "last probe \(health.exitCode == 0 ? "succeeded" : "failed with \(health.exitCode)")"
                    + (output.isEmpty ? "" : ": \(output)"))
        }
        if !last.error.isEmpty, last.error != last.reason { add("error", last.error) }
        if !last.lines.isEmpty {
            lines.append("  its last words:")
            lines += last.lines.map { "    " + $0 }
        }
        if exits.count > 1 {
            lines.append("  before:")
            lines += exits.dropFirst().map { "    \($0.finishedAt.rfc3339)  \($0.reason)" }
        }
        return lines.joined(separator: "\n")
    }

    private static func seconds(_ exit: ContainerExitExplanation) -> String {
        let (seconds, attoseconds) = exit.finishedAt.elapsed(since: exit.startedAt).components
        let tenths = max(0, attoseconds / 100_000_000_000_000_000)
        return "\(max(0, seconds)).\(tenths) s"
    }
}
