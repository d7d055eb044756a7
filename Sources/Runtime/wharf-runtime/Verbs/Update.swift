// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `update`: other limits for a container that lives.

import Glibc
import WharfCgroups
import WharfJSON
import WharfLinux
import WharfOCI
import WharfRuntime

/// The verb.
let updateVerb = Verb(
    name: "update", summary: "update a container's limits", operands: "<container-id>", count: 1...1,
    description: """
        Changes the limits that are given and leaves the others. With --resources the limits are read as JSON (linux.resources
        of the OCI runtime specification) and the other flags are ignored; there a 0 leaves a limit as it is.
        """,
    flags: [
        .value("resources", "r", of: "FILE", help: "a JSON file with limits, - for standard input"),
        .value("blkio-weight", of: "N", help: "weight of block devices, 10 to 1000"),
        .value("cpu-period", of: "MICROSECONDS", help: "the period of the hard limit on processor time"),
        .value("cpu-quota", of: "MICROSECONDS", help: "processor time in each period; -1 for no limit"),
        .value("cpu-burst", of: "MICROSECONDS", help: "unused time that may be used on top later"),
        .value("cpu-share", of: "N", help: "weight against other containers; 1024 is normal"),
        .value("cpu-rt-period", of: "MICROSECONDS", help: "the period of the real-time limit"),
        .value("cpu-rt-runtime", of: "MICROSECONDS", help: "real time in each period"),
        .value("cpuset-cpus", of: "LIST", help: "processors to use: 0-2,7"),
        .value("cpuset-mems", of: "LIST", help: "memory nodes to use"),
        .value("cpu-idle", of: "N", help: "1: run only when nobody else wants to"),
        .value("memory", of: "BYTES", help: "limit on memory; also 512m, 2g; -1 for none"),
        .value("memory-reservation", of: "BYTES", help: "limit on memory when the host runs out of it"),
        .value("memory-swap", of: "BYTES", help: "limit on memory and swap together; -1 for none"),
        .value("kernel-memory", of: "BYTES", help: "limit on the kernel's memory (obsolete)"),
        .value("kernel-memory-tcp", of: "BYTES", help: "limit on the kernel's TCP buffers"),
        .value("pids-limit", of: "N", help: "limit on processes and threads; -1 for none"),
        .value("l3-cache-schema", of: "SCHEMA", help: "not available: Intel RDT is not supported"),
        .value("mem-bw-schema", of: "SCHEMA", help: "not available: Intel RDT is not supported"),
    ]
) { invocation in
    let folder = try invocation.globals.state.open(invocation.operands[0])
    let record = try folder.existingRecord()
    let values = invocation.values
    if values["l3-cache-schema"] != nil || values["mem-bw-schema"] != nil { throw CommandError("Intel RDT is not supported") }
    let resources = try values["resources"].map(resourcesFile) ?? resourcesFlags(values)
    if try folder.standing(record).status == .stopped { throw CommandError("container not running") }
    guard let cgroup = try record.cgroup() else { throw CommandError("the host has no control groups to limit with") }
    let warnings = try failing("update") { () throws(SyscallError) in try cgroup.update(resources) }
    for warning in warnings { invocation.log.warn(warning) }
    return 0
}

/// The limits of a file. Zeros are dropped: callers write every field, and 0 stands for "not given".
private func resourcesFile(_ file: String) throws -> RuntimeSpec.Resources {
    let source =
        file.utf8.elementsEqual("-".utf8)
        ? standardInput
        : try failing("update") { [path = try absolutePath(file)] () throws(SyscallError) in
            try path.open(.read)
        }
    let bytes = try failing("update") { () throws(SyscallError) in try source.readAll(limit: Bundle.specLimit) }
    var resources: RuntimeSpec.Resources
    do {
        resources = try JSON.decode(RuntimeSpec.Resources.self, from: bytes)
    } catch {
        throw CommandError("\(file): \(error)")
    }
    let memory = resources.memory
    (resources.memory.limit, resources.memory.swap) = (memory.limit.given, memory.swap.given)
    (resources.memory.reservation, resources.memory.kernel) = (memory.reservation.given, memory.kernel.given)
    resources.memory.kernelTCP = memory.kernelTCP.given
    let cpu = resources.cpu
    (resources.cpu.shares, resources.cpu.period, resources.cpu.realtimePeriod) = (
        cpu.shares.given, cpu.period.given, cpu.realtimePeriod.given
    )
    (resources.cpu.quota, resources.cpu.realtimeRuntime) = (cpu.quota.given, cpu.realtimeRuntime.given)
    resources.pids.limit = resources.pids.limit.given
    resources.blockIO.weight = resources.blockIO.weight.given
    // A change of limits says nothing about devices, whatever the document says.
    resources.devices = []
    return resources
}

private func resourcesFlags(_ values: FlagValues) throws -> RuntimeSpec.Resources {
    var resources = RuntimeSpec.Resources()
    resources.blockIO.weight = try values.number("blkio-weight")
    resources.cpu.period = try values.number("cpu-period")
    resources.cpu.quota = try values.number("cpu-quota")
    resources.cpu.burst = try values.number("cpu-burst")
    resources.cpu.shares = try values.number("cpu-share")
    resources.cpu.realtimePeriod = try values.number("cpu-rt-period")
    resources.cpu.realtimeRuntime = try values.number("cpu-rt-runtime")
    resources.cpu.cpus = values["cpuset-cpus"] ?? ""
    resources.cpu.mems = values["cpuset-mems"] ?? ""
    resources.cpu.idle = try values.number("cpu-idle")
    resources.memory.limit = try bytes("memory", values)
    resources.memory.reservation = try bytes("memory-reservation", values)
    resources.memory.swap = try bytes("memory-swap", values)
    resources.memory.kernel = try bytes("kernel-memory", values)
    resources.memory.kernelTCP = try bytes("kernel-memory-tcp", values)
    resources.pids.limit = try values.number("pids-limit")
    return resources
}

/// A size with a unit of 1024: `512m`, `2g`, `1k`, `100b`, `-1`.
private func bytes(_ name: String, _ values: FlagValues) throws -> Int64? {
    guard let text = values[name] else { return nil }
    if text.utf8.elementsEqual("-1".utf8) { return -1 }
    var digits = text.utf8[...]
    var shift: Int64 = 0
    if let last = digits.last, last | 0x20 == UInt8(ascii: "b") { digits = digits.dropLast() }
    if let last = digits.last, let unit = "kmgt".utf8.firstIndex(of: last | 0x20) {
        shift = Int64("kmgt".utf8.distance(from: "kmgt".utf8.startIndex, to: unit) + 1) * 10
        digits = digits.dropLast()
    }
    let number = Int64(String(decoding: Array(digits), as: UTF8.self))
    guard let number, number >= 0, number <= Int64.max >> shift else { throw UsageError("invalid value for \(name): \(text)") }
    return number << shift
}

extension Optional where Wrapped: FixedWidthInteger {
    /// nil for 0 too.
    fileprivate var given: Wrapped? { self == 0 ? nil : self }
}
