// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// linux.resources in its JSON form, all of it.

import Testing
import WharfJSON
import WharfOCI

@Suite("Resources")
struct ResourcesTests {
    /// The spec's own names (config-linux.md), one of everything.
    private static let document = #"""
        {"devices":[{"allow":false,"access":"rwm"},{"allow":true,"type":"c","major":10,"minor":229,"access":"rw"}],
        "memory":{"limit":1,"reservation":2,"swap":3,"kernel":-1,"kernelTCP":-2,"swappiness":0,"disableOOMKiller":true,
        "useHierarchy":true,"checkBeforeUpdate":true},
        "cpu":{"shares":1024,"quota":-1,"burst":0,"period":500000,"realtimeRuntime":950000,"realtimePeriod":1000000,"cpus":"2-3","mems":"0-7","idle":0},
        "pids":{"limit":-1},
        "blockIO":{"weight":10,"leafWeight":11,"weightDevice":[{"major":8,"minor":0,"weight":500,"leafWeight":300}],
        "throttleReadBpsDevice":[{"major":8,"minor":0,"rate":600}],"throttleWriteBpsDevice":[{"major":8,"minor":1,"rate":0}],
        "throttleReadIOPSDevice":[{"major":8,"minor":2,"rate":18446744073709551615}],"throttleWriteIOPSDevice":[{"major":8,"minor":3,"rate":300}]},
        "hugepageLimits":[{"pageSize":"2MB","limit":209715200}],
        "network":{"classID":1048577,"priorities":[{"name":"eth0","priority":500}]},
        "rdma":{"mlx5_1":{"hcaHandles":3,"hcaObjects":10000},"mlx4_0":{"hcaObjects":0}},
        "unified":{"hugetlb.1GB.max":"1073741824"}}
        """#

    @Test("every member is read")
    func read() throws {
        let resources = try JSON.decode(RuntimeSpec.Resources.self, from: Array(Self.document.utf8))
        #expect(resources.devices == [.init(allow: false, type: ""), .init(allow: true, type: "c", major: 10, minor: 229, access: "rw")])
        #expect(
            resources.memory
                == .init(
                    limit: 1, reservation: 2, swap: 3, kernel: -1, kernelTCP: -2, swappiness: 0, disableOOMKiller: true, useHierarchy: true,
                    checkBeforeUpdate: true))
        #expect(
            resources.cpu
                == .init(
                    shares: 1024, quota: -1, burst: 0, period: 500_000, realtimeRuntime: 950_000, realtimePeriod: 1_000_000, cpus: "2-3",
                    mems: "0-7", idle: 0))
        #expect(resources.pids.limit == -1)
        #expect(resources.blockIO.weight == 10 && resources.blockIO.leafWeight == 11)
        #expect(resources.blockIO.weightDevice == [.init(major: 8, minor: 0, weight: 500, leafWeight: 300)])
        #expect(resources.blockIO.throttleReadBpsDevice == [.init(major: 8, minor: 0, rate: 600)])
        #expect(resources.blockIO.throttleWriteBpsDevice == [.init(major: 8, minor: 1, rate: 0)])
        #expect(resources.blockIO.throttleReadIOPSDevice == [.init(major: 8, minor: 2, rate: .max)])
        #expect(resources.blockIO.throttleWriteIOPSDevice == [.init(major: 8, minor: 3, rate: 300)])
        #expect(resources.hugepageLimits == [.init(pageSize: "2MB", limit: 209_715_200)])
        #expect(resources.network == .init(classID: 1_048_577, priorities: [.init(name: "eth0", priority: 500)]))
        #expect(resources.rdma == ["mlx5_1": .init(hcaHandles: 3, hcaObjects: 10000), "mlx4_0": .init(hcaObjects: 0)])
        #expect(resources.unified == ["hugetlb.1GB.max": "1073741824"])
    }

    @Test("what is written is read back, and nothing is written for nothing")
    func roundTrip() throws {
        let resources = try JSON.decode(RuntimeSpec.Resources.self, from: Array(Self.document.utf8))
        #expect(try JSON.decode(RuntimeSpec.Resources.self, from: JSON.encode(resources)) == resources)
        #expect(JSON.encode(RuntimeSpec.Resources()) == Array("{}".utf8))
    }

    @Test(
        "numbers out of their range are refused",
        arguments: [
            #"{"blockIO":{"weight":65536}}"#, #"{"memory":{"limit":9223372036854775808}}"#, #"{"cpu":{"shares":-1}}"#,
            #"{"network":{"classID":4294967296}}"#, #"{"memory":{"swappiness":1.5}}"#,
        ])
    func ranges(text: String) {
        #expect(throws: JSONError.self) { try JSON.decode(RuntimeSpec.Resources.self, from: Array(text.utf8)) }
    }
}
