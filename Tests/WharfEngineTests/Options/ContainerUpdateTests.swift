// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `update`: what changes in the record, what reaches a running task, what contradicts.

import Testing
import WharfDockerAPI
import WharfError
import WharfJSON

@testable import WharfEngine

@Suite struct ContainerUpdateTests {
    private func request(_ change: (inout ContainerResources) -> Void) -> ContainerUpdateRequest {
        var resources = ContainerResources()
        change(&resources)
        return ContainerUpdateRequest(resources: resources)
    }

    @Test func aCreatedContainerKeepsTheNewLimitsForItsStart() async throws {
        let fixture = try EngineFixture()
        let id = try await fixture.create { $1.resources.cpuShares = 100 }
        let answer = try await fixture.containers.update(
            id,
            request {
                $0.memory = 64 << 20
                $0.memorySwap = 128 << 20
                $0.pidsLimit = 7
                $0.cpusetCpus = "0"
            })
        #expect(answer.warnings == nil)
        let resources = try await fixture.containers.inspect(id).hostConfig.resources
        #expect(resources.memory == 64 << 20 && resources.memorySwap == 128 << 20 && resources.pidsLimit == 7)
        #expect(resources.cpusetCpus == "0" && resources.cpuShares == 100)
        try await fixture.containers.start(id)
        #expect(fixture.tasks.lastRequest?.spec.resources.memory == 64 << 20)
        #expect(fixture.tasks.lastRequest?.spec.resources.pids == 7)
        #expect(try await fixture.actions(of: id) == ["create", "update", "start"])
    }

    @Test func aRunningOneGetsThemAtOnceAndOnlyThem() async throws {
        let fixture = try EngineFixture()
        let (id, task) = try await fixture.run {
            $1.resources.cpuShares = 100
            $1.resources.pidsLimit = 9
        }
        _ = try await fixture.containers.update(id, request { $0.nanoCPUs = 500_000_000 })
        var expected = TaskResources()
        expected.nanoCPUs = 500_000_000
        #expect(task.updates == [expected])
        _ = try await fixture.containers.update(id, request { $0.pidsLimit = 0 })
        #expect(task.updates.last?.pids == -1)
        #expect(try await fixture.containers.inspect(id).hostConfig.resources.nanoCPUs == 500_000_000)
    }

    @Test func whatTheKernelRefusesLeavesTheRecordAsItWas() async throws {
        let fixture = try EngineFixture()
        let (id, task) = try await fixture.run()
        task.failUpdate(TaskFailure(step: "cgroup", errno: 16, text: "write memory.limit_in_bytes: device or resource busy"))
        let text = await failure(.internal) { _ = try await fixture.containers.update(id, request { $0.cpuShares = 512 }) }
        #expect(text == "Cannot update container \(id): write memory.limit_in_bytes: device or resource busy")
        #expect(try await fixture.containers.inspect(id).hostConfig.resources.cpuShares == 0)
    }

    @Test func contradictionsAreConflicts() async throws {
        let fixture = try EngineFixture()
        let id = try await fixture.create {
            $1.resources.cpuQuota = 5000
            $1.resources.memory = 64 << 20
            $1.autoRemove = true
        }
        #expect(
            await failure(.conflict) { _ = try await fixture.containers.update(id, request { $0.nanoCPUs = 1_000_000_000 }) }
                == "Cannot update container \(id): Conflicting options: Nano CPUs cannot be updated as CPU Quota has already been set")
        #expect(
            await failure(.conflict) { _ = try await fixture.containers.update(id, request { $0.memory = 256 << 20 }) }
                == "Cannot update container \(id): Memory limit should be smaller than already set memoryswap limit, "
                + "update the memoryswap at the same time")
        let policy = ContainerUpdateRequest(resources: ContainerResources(), restartPolicy: RestartPolicy(name: "always"))
        #expect(
            await failure(.conflict) { _ = try await fixture.containers.update(id, policy) }
                == "Cannot update container \(id): Restart policy cannot be updated because AutoRemove is enabled for the container")
        #expect(
            await failure(.invalidArgument) { _ = try await fixture.containers.update(id, request { $0.memory = 1 << 20 }) }
                == "Minimum memory limit allowed is 6MB")
        #expect(
            await failure(.notFound) { _ = try await fixture.containers.update("nobody", request { $0.cpuShares = 5 }) }
                == "No such container: nobody")
    }

    @Test func theRestartPolicyAlone() async throws {
        let fixture = try EngineFixture()
        let id = try await fixture.create()
        let policy = RestartPolicy(name: "on-failure", maximumRetryCount: 3)
        _ = try await fixture.containers.update(id, ContainerUpdateRequest(resources: ContainerResources(), restartPolicy: policy))
        #expect(try await fixture.containers.inspect(id).hostConfig.restartPolicy == policy)
        let unknown = ContainerUpdateRequest(resources: ContainerResources(), restartPolicy: RestartPolicy(name: "sometimes"))
        _ = await failure(.invalidArgument) { _ = try await fixture.containers.update(id, unknown) }
    }

    @Test func whatTheHostLacksIsAWarning() async throws {
        var host = HostFacts.example
        host.cgroups.hasBlockWeight = false
        let fixture = try EngineFixture(host: host)
        let id = try await fixture.create()
        let answer = try await fixture.containers.update(id, request { $0.blkioWeight = 100 })
        #expect(answer.warnings == ["Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded."])
        #expect(try await fixture.containers.inspect(id).hostConfig.resources.blkioWeight == 0)
    }

    @Test func theBodyOfOlderClients() throws {
        let body = Array(
            #"{"CpuShares":5,"PidsLimit":-1,"BlkioDeviceReadBps":[{"Path":"/dev/a","Rate":1}],"RestartPolicy":{"Name":"no","MaximumRetryCount":0}}"#
                .utf8)
        let request = try JSON.decode(ContainerUpdateRequest.self, from: body)
        #expect(request.resources.cpuShares == 5 && request.restartPolicy.name == "no")
        #expect(request.shaped(for: APIVersion(1, 39)).resources.pidsLimit == nil)
        #expect(request.shaped(for: APIVersion(1, 54)).resources.pidsLimit == 0)
        #expect(request.shaped(for: APIVersion(1, 54)).resources.blkioDeviceReadBps == nil)
        #expect(request.shaped(for: .current).resources.blkioDeviceReadBps?.count == 1)
        #expect(try JSON.decode(ContainerUpdateRequest.self, from: JSON.encode(request)) == request)
    }
}
