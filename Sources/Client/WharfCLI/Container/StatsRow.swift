// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The fields of a sample in lists, as docker computes and shows them.

import Glibc
import WharfDockerAPI

/// Makes rows of samples.
enum StatsRow {
    static let columns =
        "{{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}"

    static let headers = [
        "Container": "CONTAINER", "Name": "NAME", "ID": "CONTAINER ID", "CPUPerc": "CPU %", "MemUsage": "MEM USAGE / LIMIT",
        "MemPerc": "MEM %", "NetIO": "NET I/O", "BlockIO": "BLOCK I/O", "PIDs": "PIDS",
    ]

    /// One row. `name` is what the container was called; without a sample everything is dashes.
    static func row(_ name: String, _ sample: ContainerStats?, truncated: Bool) -> ListRow {
        guard let sample else {
            return ListRow([
                "Container": name, "Name": "--", "ID": "--", "CPUPerc": "--", "MemUsage": "-- / --", "MemPerc": "--", "NetIO": "--",
                "BlockIO": "--", "PIDs": "--",
            ])
        }
        let memory = used(sample.memory)
        let limit = Double(sample.memory.limit ?? 0)
        let (read, written) = blockBytes(sample.blockIO)
        let (received, sent) = networkBytes(sample.networks)
        let id = sample.id ?? ""
        let shown = sample.name ?? ""
        return ListRow([
            "Container": name, "Name": shown.hasPrefix("/") ? String(shown.dropFirst()) : shown, "ID": truncated ? shortID(id) : id,
            "CPUPerc": percent(processorShare(sample)),
            "MemUsage": "\(ByteSize.binary(Int64(clamping: memory))) / \(ByteSize.binary(Int64(clamping: sample.memory.limit ?? 0)))",
            "MemPerc": percent(limit > 0 ? Double(memory) / limit * 100 : 0),
            "NetIO": "\(ByteSize.decimal(Int64(clamping: received))) / \(ByteSize.decimal(Int64(clamping: sent)))",
            "BlockIO": "\(ByteSize.decimal(Int64(clamping: read))) / \(ByteSize.decimal(Int64(clamping: written)))",
            "PIDs": String(sample.pids.current ?? 0),
        ])
    }

    /// Percent of one processor between two samples: 200 for two that do nothing else.
    static func processorShare(_ sample: ContainerStats) -> Double {
        let used = Double(sample.cpu.usage.total) - Double(sample.preCPU.usage.total)
        let passed = Double(sample.cpu.systemUsage ?? 0) - Double(sample.preCPU.systemUsage ?? 0)
        let processors = sample.cpu.onlineCPUs.map(Double.init) ?? Double(sample.cpu.usage.perCPU?.count ?? 0)
        return used > 0 && passed > 0 ? used / passed * processors * 100 : 0
    }

    /// Memory without the files that the kernel would give up first (docker/cli, calculateMemUsageUnixNoCache).
    static func used(_ memory: MemoryStats) -> UInt64 {
        let usage = memory.usage ?? 0
        for key in ["total_inactive_file", "inactive_file"] {
            if let cache = memory.stats?[key], cache < usage { return usage - cache }
        }
        return usage
    }

    private static func blockBytes(_ io: BlockIOStats) -> (read: UInt64, written: UInt64) {
        var (read, written): (UInt64, UInt64) = (0, 0)
        for entry in io.serviceBytes ?? [] {
            switch entry.operation.utf8.first {
            case UInt8(ascii: "r"), UInt8(ascii: "R"): read += entry.value
            case UInt8(ascii: "w"), UInt8(ascii: "W"): written += entry.value
            default: continue
            }
        }
        return (read, written)
    }

    private static func networkBytes(_ networks: [String: NetworkStats]?) -> (received: UInt64, sent: UInt64) {
        (networks ?? [:]).values.reduce((0, 0)) { ($0.0 + $1.rxBytes, $0.1 + $1.txBytes) }
    }

    /// `12.34%`
    private static func percent(_ value: Double) -> String {
        var buffer = [CChar](repeating: 0, count: 64)
        let count = withVaList([value]) { vsnprintf(&buffer, buffer.count, "%.2f%%", $0) }
        return String(decoding: buffer.prefix(Int(max(count, 0))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
