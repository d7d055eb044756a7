// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Health checks: the rules, and the probes of a container that runs.

import Testing
import WharfBlocking
import WharfDockerAPI
import WharfError
import WharfJSON
import WharfShimProtocol

@testable import WharfEngine

@Suite("the rules of health") struct HealthRuleTests {
    private func test(_ change: (inout HealthConfig) -> Void = { _ in }) throws -> HealthTest {
        var config = ContainerConfig()
        var health = HealthConfig()
        health.test = ["CMD-SHELL", "check"]
        change(&health)
        config.healthcheck = health
        return try #require(HealthTest(config))
    }

    private func result(_ code: Int, _ output: String = "") -> HealthcheckResult {
        HealthcheckResult(start: .now(), end: .now(), exitCode: code, output: output)
    }

    @Test("what is run, and Docker's defaults") func defaults() throws {
        let test = try test()
        #expect(test.command == ["/bin/sh", "-c", "check"])
        #expect(test.interval == .seconds(30) && test.timeout == .seconds(30) && test.retries == 3 && test.startPeriod == .zero)
        #expect(try self.test { $0.test = ["CMD", "a", "b"] }.command == ["a", "b"])
        for words in [nil, [], ["NONE"], ["CMD"]] as [[String]?] {
            var config = ContainerConfig()
            config.healthcheck = HealthConfig()
            config.healthcheck?.test = words
            #expect(HealthTest(config) == nil)
        }
    }

    @Test("so many failures in a row make it unhealthy, one success healthy") func streak() throws {
        let test = try test { $0.retries = 2 }
        var health = Health.beginning(after: nil)
        #expect(health.status == "starting")
        func take(_ code: Int) -> Bool { health.take(result(code), age: .zero, test) }
        #expect(!take(1))
        #expect(health.failingStreak == 1)
        #expect(take(1))
        #expect(health.status == "unhealthy" && health.failingStreak == 2)
        #expect(take(0))
        #expect(health.status == "healthy" && health.failingStreak == 0)
        #expect(!take(-1))
        #expect(health.status == "healthy")
    }

    @Test("failures of the start period don't count, until the first success") func startPeriod() throws {
        let test = try test {
            $0.retries = 1
            $0.startPeriod = 10_000_000_000
            $0.startInterval = 1_000_000_000
        }
        var health = Health.beginning(after: nil)
        #expect(test.wait(status: health.status, age: .seconds(3)) == .seconds(1))
        func take(_ code: Int, _ age: Duration = .seconds(9)) -> Bool { health.take(result(code), age: age, test) }
        #expect(!take(1))
        #expect(health.failingStreak == 0)
        #expect(take(0))
        #expect(test.wait(status: health.status, age: .seconds(3)) == .seconds(30))
        #expect(take(1))
        #expect(health.status == "unhealthy")
        health = .beginning(after: nil)
        #expect(take(1, .seconds(10)))
        #expect(health.status == "unhealthy")
    }

    @Test("the last five results stay, also over a restart") func log() throws {
        let test = try test()
        var health = Health.beginning(after: nil)
        for number in 0..<7 { _ = health.take(result(0, "\(number)"), age: .zero, test) }
        #expect(health.log?.map(\.output) == ["2", "3", "4", "5", "6"])
        #expect(Health.beginning(after: health).log?.count == 5)
        #expect(Health.beginning(after: health).status == "starting")
    }

    @Test("durations as Go writes them") func durations() {
        for (duration, text) in [
            (.zero, "0s"), (.milliseconds(500), "500ms"), (.seconds(30), "30s"), (.milliseconds(1500), "1.5s"), (.seconds(90), "1m30s"),
            (.seconds(3600), "1h0m0s"), (.microseconds(1500), "1.5ms"), (.nanoseconds(15), "15ns"),
        ] as [(Duration, String)] { #expect(GoDuration.text(duration) == text) }
    }
}

@Suite("health probes", .timeLimit(.minutes(1))) struct HealthProbeTests {
    private func probed(_ config: inout ContainerConfig, _ host: inout HostConfig) {
        var health = HealthConfig()
        health.test = ["CMD-SHELL", "check"]
        health.interval = 2_000_000_000
        health.timeout = 1_000_000_000
        health.retries = 1
        config.healthcheck = health
    }

    /// The next probe that the shim was asked for is answered.
    private func answer(_ fixture: EngineFixture, _ id: String, _ code: Int32, number: Int) async throws {
        try await fixture.happened("exec_start: /bin/sh -c check", id, times: number)
        let task = try #require(fixture.tasks.task(id))
        let exec = try await task.exec(number: number)
        task.tell(.exited(process: exec, ExitRecord(exitCode: code, exitedAt: .now())))
    }

    @Test("starting, unhealthy, healthy: in inspect, in the list, as events, over a daemon's restart") func verdicts() async throws {
        let clock = ManualClock()
        let fixture = try EngineFixture(clock: clock.engine)
        let (id, task) = try await fixture.run("web", probed)
        #expect(try await fixture.containers.inspect(id).state.health?.status == "starting")
        #expect(try await fixture.containers.list(.init()).first?.status.hasSuffix("(health: starting)") == true)
        try await clock.pass(.seconds(2))
        try await answer(fixture, id, 1, number: 1)
        try await fixture.happened("health_status: unhealthy", id)
        #expect(try await fixture.containers.list(.init()).first?.status.hasSuffix("(unhealthy)") == true)
        try await clock.pass(.seconds(2))
        try await answer(fixture, id, 0, number: 2)
        try await fixture.happened("health_status: healthy", id)
        let health = try #require(try await fixture.containers.inspect(id).state.health)
        #expect(health.status == "healthy" && health.failingStreak == 0 && health.log?.map(\.exitCode) == [1, 0])
        var filters = Filters()
        filters.add("health", "healthy")
        #expect(try await fixture.containers.list(.init(filters: filters)).count == 1)
        task.disconnect()
        let new = try fixture.reopened()
        _ = try await new.containers.restore()
        #expect(try await new.containers.inspect(id).state.health?.status == "healthy")
        try await new.containers.stop(id)
        #expect(try await new.containers.inspect(id).state.health?.status == "unhealthy")
    }

    @Test("a probe that takes too long is killed and counts as a failure") func timeout() async throws {
        let clock = ManualClock()
        let fixture = try EngineFixture(clock: clock.engine)
        let (id, task) = try await fixture.run("web", probed)
        try await clock.pass(.seconds(2))
        let exec = try await task.exec(number: 1)
        try await clock.pass(.seconds(1))
        try await task.killed(exec)
        task.tell(.exited(process: exec, ExitRecord(exitCode: 137, signal: 9, exitedAt: .now())))
        try await fixture.happened("health_status: unhealthy", id)
        let result = try #require(try await fixture.containers.inspect(id).state.health?.log?.first)
        #expect(result.exitCode == -1 && result.output == "Health check exceeded timeout (1s)")
    }

    @Test("a probe that can't be run says why") func cannotRun() async throws {
        let clock = ManualClock()
        let fixture = try EngineFixture(clock: clock.engine)
        let (id, task) = try await fixture.run("web", probed)
        task.failExec(TaskFailure(step: "exec", errno: 2, text: "no such file or directory"))
        try await clock.pass(.seconds(2))
        try await fixture.happened("health_status: unhealthy", id)
        let result = try #require(try await fixture.containers.inspect(id).state.health?.log?.first)
        #expect(result.exitCode == -1 && result.output.hasPrefix("OCI runtime exec failed"))
    }

    @Test("paused, nothing is probed; it goes on afterwards") func paused() async throws {
        let clock = ManualClock()
        let fixture = try EngineFixture(clock: clock.engine)
        let (id, task) = try await fixture.run("web", probed)
        try await clock.slept(for: .seconds(2))
        try await fixture.containers.pause(id)
        #expect(try await fixture.containers.inspect(id).state.health?.status == "unhealthy")
        clock.advance(by: .seconds(60))
        #expect(task.execs.isEmpty)
        try await fixture.containers.unpause(id)
        try await clock.pass(.seconds(2))
        try await answer(fixture, id, 0, number: 1)
        try await fixture.happened("health_status: healthy", id)
    }

    @Test("a container without a check has no health") func none() async throws {
        let fixture = try EngineFixture()
        let id = try await fixture.run("web").id
        #expect(try await fixture.containers.inspect(id).state.health == nil)
    }
}
