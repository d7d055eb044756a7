// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One sample of what a container uses: the document of `GET /containers/{id}/stats`, of which a stream has one a second.

public import WharfJSON

/// A sample with the one before it, so that who reads one document can tell how much was used meanwhile.
public struct ContainerStats: Sendable, Equatable, Decodable, JSONWritable {
    /// With the leading slash.
    public var name: String?
    public var id: String?
    /// When this was read; zero for a container that does not run.
    public var read = Timestamp.zero
    /// When the figures of `preCPU` were read; zero in the first sample of a stream.
    public var preRead = Timestamp.zero
    public var pids = PidsStats()
    public var blockIO = BlockIOStats()
    public var cpu = CPUStats()
    /// The processors' figures of the sample before.
    public var preCPU = CPUStats()
    public var memory = MemoryStats()
    /// By interface; nil without a network.
    public var networks: [String: NetworkStats]?
    /// Since API 1.49.
    public var osType: String? = "linux"

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case name, id, read, networks
        case preRead = "preread"
        case pids = "pids_stats"
        case blockIO = "blkio_stats"
        case cpu = "cpu_stats"
        case preCPU = "precpu_stats"
        case memory = "memory_stats"
        case osType = "os_type"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        name = try values.decodeIfPresent(String.self, forKey: .name)
        id = try values.decodeIfPresent(String.self, forKey: .id)
        read = try values.decodeIfPresent(Timestamp.self, forKey: .read) ?? .zero
        preRead = try values.decodeIfPresent(Timestamp.self, forKey: .preRead) ?? .zero
        pids = try values.decodeIfPresent(PidsStats.self, forKey: .pids) ?? PidsStats()
        blockIO = try values.decodeIfPresent(BlockIOStats.self, forKey: .blockIO) ?? BlockIOStats()
        cpu = try values.decodeIfPresent(CPUStats.self, forKey: .cpu) ?? CPUStats()
        preCPU = try values.decodeIfPresent(CPUStats.self, forKey: .preCPU) ?? CPUStats()
        memory = try values.decodeIfPresent(MemoryStats.self, forKey: .memory) ?? MemoryStats()
        networks = try values.decodeIfPresent([String: NetworkStats].self, forKey: .networks)
        osType = try values.decodeIfPresent(String.self, forKey: .osType)
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.optional("id", id)
            o.optional("name", name)
            o.optional("os_type", osType)
            o.field("read", read)
            o.field("cpu_stats", cpu)
            o.field("memory_stats", memory)
            o.optional("networks", networks)
            o.field("pids_stats", pids)
            o.field("blkio_stats", blockIO)
            // Two of Windows.
            o.field("num_procs", 0)
            o.field("storage_stats", EmptyObject())
            o.field("preread", preRead)
            o.field("precpu_stats", preCPU)
        }
    }
}
