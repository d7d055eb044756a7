// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The statistics of `events` in the names that runc gave them.

import WharfCgroups
import WharfJSON

/// The `data` of a stats event.
struct StatisticsDocument: JSONWritable {
    let stats: CgroupStats

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.object("cpu", cpu)
            json.object("cpuset", cpuset)
            json.object("memory", memory)
            json.object("pids") { json in
                json.nonEmpty("current", stats.pids.current)
                json.nonEmpty("limit", stats.pids.limit)
            }
            json.object("blkio", blockIO)
            json.object("hugetlb") { json in
                for (size, pages) in stats.hugepages.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
                    json.object(size) { json in
                        json.nonEmpty("usage", pages.usage)
                        json.nonEmpty("max", pages.maximum)
                        json.field("failcnt", pages.failures)
                    }
                }
            }
            json.object("intel_rdt") { _ in }
            json.key("network_interfaces")
            json.null()
        }
    }

    private func cpu(_ json: inout JSONWriter) {
        let cpu = stats.cpu
        json.object("usage") { json in
            json.nonEmpty("total", cpu.usage)
            json.nonEmpty("percpu", cpu.perCPU)
            json.nonEmpty("percpu_kernel", cpu.perCPUSystem)
            json.nonEmpty("percpu_user", cpu.perCPUUser)
            json.field("kernel", cpu.system)
            json.field("user", cpu.user)
        }
        json.object("throttling") { json in
            json.nonEmpty("periods", cpu.periods)
            json.nonEmpty("throttledPeriods", cpu.throttledPeriods)
            json.nonEmpty("throttledTime", cpu.throttledTime)
        }
        pressure(cpu.pressure, &json)
    }

    private func cpuset(_ json: inout JSONWriter) {
        let cpuset = stats.cpuset
        json.nonEmpty("cpus", cpuset.cpus)
        json.field("cpu_exclusive", cpuset.cpuExclusive)
        json.nonEmpty("mems", cpuset.mems)
        json.field("mem_hardwall", cpuset.memHardwall)
        json.field("mem_exclusive", cpuset.memExclusive)
        json.field("memory_migrate", cpuset.memoryMigrate)
        json.field("memory_spread_page", cpuset.memorySpreadPage)
        json.field("memory_spread_slab", cpuset.memorySpreadSlab)
        json.field("memory_pressure", cpuset.memoryPressure)
        json.field("sched_load_balance", cpuset.schedLoadBalance)
        json.field("sched_relax_domain_level", cpuset.schedRelaxDomainLevel)
    }

    private func memory(_ json: inout JSONWriter) {
        let memory = stats.memory
        json.nonEmpty("cache", memory.cache)
        for (name, use) in [("usage", memory.usage), ("swap", memory.swap), ("kernel", memory.kernel), ("kernelTCP", memory.kernelTCP)] {
            json.object(name) { json in
                json.field("limit", use.limit)
                json.nonEmpty("usage", use.usage)
                json.nonEmpty("max", use.maximum)
                json.field("failcnt", use.failures)
            }
        }
        json.nonEmpty("raw", memory.raw)
        pressure(memory.pressure, &json)
    }

    private func blockIO(_ json: inout JSONWriter) {
        let blockIO = stats.blockIO
        for (name, entries) in [
            ("ioServiceBytesRecursive", blockIO.serviceBytes), ("ioServicedRecursive", blockIO.serviced),
            ("ioQueueRecursive", blockIO.queued), ("ioServiceTimeRecursive", blockIO.serviceTime),
            ("ioWaitTimeRecursive", blockIO.waitTime), ("ioMergedRecursive", blockIO.merged), ("ioTimeRecursive", blockIO.time),
            ("sectorsRecursive", blockIO.sectors),
        ] where !entries.isEmpty {
            json.array(name, entries) { json, entry in
                json.object { json in
                    json.nonEmpty("major", entry.major)
                    json.nonEmpty("minor", entry.minor)
                    json.nonEmpty("op", entry.operation)
                    json.nonEmpty("value", entry.value)
                }
            }
        }
        pressure(blockIO.pressure, &json)
    }

    private func pressure(_ pressure: CgroupStats.Pressure?, _ json: inout JSONWriter) {
        guard let pressure else { return }
        json.object("psi") { json in
            for (name, share) in [("some", pressure.some), ("full", pressure.full)] {
                json.object(name) { json in
                    json.field("avg10", share.average10)
                    json.field("avg60", share.average60)
                    json.field("avg300", share.average300)
                    json.field("total", share.total)
                }
            }
        }
    }
}
