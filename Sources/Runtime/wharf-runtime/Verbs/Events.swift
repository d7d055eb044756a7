// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `events`: what a container uses, once or again and again, and when it ran out of memory.

import Glibc
import WharfCgroups
import WharfJSON
import WharfLinux
import WharfRuntime

/// The verb.
let eventsVerb = Verb(
    name: "events", summary: "show what a container uses and when it runs out of memory", operands: "<container-id>", count: 1...1,
    description: """
        Prints one JSON object in each line: {"type":"stats"} every interval, {"type":"oom"} when a process was killed for
        want of memory. Ends with the container.
        """,
    flags: [
        .value("interval", of: "DURATION", help: "between two lines of statistics: 5s, 500ms, 1m (default: 5s)"),
        .toggle("stats", help: "print the statistics once and end"),
    ]
) { invocation in
    let folder = try invocation.globals.state.open(invocation.operands[0])
    let record = try folder.existingRecord()
    let text = invocation.values["interval"] ?? "5s"
    guard let interval = duration(text), interval > .zero else { throw CommandError("duration interval must be greater than 0") }
    guard let process = try folder.standing(record).process else {
        throw CommandError("container with id \(folder.id) is not running")
    }
    guard let cgroup = try record.cgroup() else { throw CommandError("the host has no control groups to count with") }
    if invocation.values.isOn("stats") {
        let stats = try failing("events") { () throws(SyscallError) in try cgroup.stats() }
        try printEvent("stats", folder.id, stats)
        return 0
    }
    try failing("events") { () throws(SyscallError) in try watch(folder.id, cgroup, process, every: interval) }
    return 0
}

/// Prints events until the container ends.
private func watch(_ id: String, _ cgroup: any CgroupManager, _ process: PidFD, every interval: Duration) throws(SyscallError) {
    let killed = try cgroup.watchOOM()
    var told = killed?.killCount() ?? 0
    var next = KernelClock.monotonic() + interval
    let watched = [process.descriptor] + (killed.map { [$0.descriptor] } ?? [])
    while true {
        let ready = try Descriptor.waitReadable(anyOf: watched, timeout: max(.zero, next - KernelClock.monotonic()))
        if ready == 1 { killed?.drain() }
        let count = killed?.killCount() ?? 0
        if count > told { try printEvent("oom", id, nil) }
        told = max(told, count)
        if ready == 0 { return }
        if KernelClock.monotonic() >= next {
            try printEvent("stats", id, try cgroup.stats())
            next = next + interval
        }
    }
}

private func printEvent(_ type: String, _ id: String, _ stats: CgroupStats?) throws(SyscallError) {
    var json = JSONWriter()
    json.object { json in
        json.field("type", type)
        json.field("id", id)
        if let stats { json.field("data", StatisticsDocument(stats: stats)) }
    }
    json.newline()
    try standardOutput.writeAll(json.bytes)
}

/// A duration as Go writes it, of one unit: `5s`, `500ms`, `1m`, `1h`.
private func duration(_ text: String) -> Duration? {
    let digits = text.utf8.prefix { (0x30...0x39).contains($0) }
    guard let number = Int64(String(decoding: Array(digits), as: UTF8.self)), number < 1_000_000_000 else { return nil }
    switch String(decoding: Array(text.utf8.dropFirst(digits.count)), as: UTF8.self) {
    case "ms": return .milliseconds(number)
    case "s": return .seconds(number)
    case "m": return .seconds(number * 60)
    case "h": return .seconds(number * 3600)
    default: return number == 0 ? .zero : nil
    }
}
