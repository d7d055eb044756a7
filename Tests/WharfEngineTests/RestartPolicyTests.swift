// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Restart policies: how long they wait, when they give up, what a person's stop does to them, and what a new daemon does.

import Testing
import WharfBlocking
import WharfDockerAPI
import WharfError
import WharfJSON

@testable import WharfEngine

@Suite("the plan of a restart policy") struct RestartPlanTests {
    private func plan(_ name: String, retries: Int = 0) -> RestartPlan {
        var plan = RestartPlan()
        plan.policy = RestartPolicy(name: name, maximumRetryCount: retries)
        return plan
    }

    @Test("waits 100 ms, then twice as long each time, one minute at most") func backOff() {
        var plan = plan("always")
        var waits: [Duration] = []
        for _ in 0..<12 { if let wait = plan.next(afterExit: 0, ran: .zero) { waits.append(wait) } }
        #expect(waits.prefix(4) == [.milliseconds(100), .milliseconds(200), .milliseconds(400), .milliseconds(800)])
        #expect(waits.suffix(2) == [.seconds(60), .seconds(60)])
        #expect(plan.count == 12)
    }

    @Test("a run of ten seconds begins the waits anew; one of less does not") func goodRun() {
        var plan = plan("always")
        for _ in 0..<3 { _ = plan.next(afterExit: 1, ran: .zero) }
        func next(_ ran: Duration) -> Duration? { plan.next(afterExit: 1, ran: ran) }
        #expect(next(.seconds(9)) == .milliseconds(800))
        #expect(next(.seconds(10)) == .milliseconds(100))
        #expect(plan.count == 5)
    }

    @Test("on-failure: not after success, and only so many times") func onFailure() {
        var plan = plan("on-failure", retries: 2)
        func next(_ code: Int32) -> Duration? { plan.next(afterExit: code, ran: .zero) }
        #expect(next(0) == nil)
        #expect(next(3) != nil)
        #expect(next(3) != nil)
        #expect(next(3) == nil)
        #expect(plan.count == 2)
    }

    @Test("a run that a person ended is left alone; so is one without a policy") func cancelled() {
        for name in ["always", "unless-stopped", "on-failure"] {
            var plan = plan(name)
            plan.isCancelled = true
            let next = plan.next(afterExit: 1, ran: .zero)
            #expect(next == nil)
        }
        for name in ["", "no"] {
            var plan = plan(name)
            let next = plan.next(afterExit: 1, ran: .zero)
            #expect(next == nil)
            #expect(!plan.startsWithDaemon(afterExit: 1))
        }
    }

    @Test("with the daemon: always starts whatever was stopped, unless-stopped does not") func withDaemon() {
        for (name, byHand, code, starts) in [
            ("always", true, 0, true), ("unless-stopped", true, 1, false), ("unless-stopped", false, 0, true),
            ("on-failure", true, 137, true), ("on-failure", false, 0, false),
        ] as [(String, Bool, Int32, Bool)] {
            var plan = plan(name)
            plan.wasStoppedByHand = byHand
            #expect(plan.startsWithDaemon(afterExit: code) == starts, "\(name)")
        }
    }
}

@Suite("restart policies", .timeLimit(.minutes(1))) struct RestartPolicyTests {
    private func policy(_ name: String, _ retries: Int = 0) -> (inout ContainerConfig, inout HostConfig) -> Void {
        { $1.restartPolicy = RestartPolicy(name: name, maximumRetryCount: retries) }
    }

    private func ends(_ fixture: EngineFixture, _ id: String, _ code: Int32, times: Int) async throws {
        try await fixture.happened("start", id, times: times)
        fixture.tasks.task(id)?.exit(code)
        try await fixture.happened("die", id, times: times)
    }

    @Test("always: again and again, with waits that grow, until it is stopped") func always() async throws {
        let clock = ManualClock()
        let fixture = try EngineFixture(clock: clock.engine)
        let id = try await fixture.run("web", policy("always")).id
        for (round, wait) in [100, 200, 400].enumerated() {
            try await ends(fixture, id, 1, times: round + 1)
            try await clock.slept(for: .milliseconds(wait))
            let state = try await fixture.containers.inspect(id).state
            #expect(state.status == "restarting" && state.running && state.restarting && state.exitCode == 1 && state.pid == 0)
            #expect(try await fixture.containers.inspect(id).restartCount == round + 1)
            clock.advance(by: .milliseconds(wait))
        }
        try await fixture.happened("start", id, times: 4)
        try await fixture.containers.stop(id)
        #expect(try await fixture.containers.inspect(id).state.status == "exited")
        #expect(try await fixture.actions(of: id).suffix(3) == ["kill", "die", "stop"])
        #expect(try await fixture.containers.inspect(id).restartCount == 3)
        try await fixture.containers.start(id)
        #expect(try await fixture.containers.inspect(id).restartCount == 0)
    }

    @Test("ten seconds of running begin the waits anew") func goodRun() async throws {
        let clock = ManualClock()
        let fixture = try EngineFixture(clock: clock.engine)
        let id = try await fixture.run(nil, policy("always")).id
        try await ends(fixture, id, 1, times: 1)
        try await clock.pass(.milliseconds(100))
        try await fixture.happened("start", id, times: 2)
        clock.advance(by: .seconds(10))
        try await ends(fixture, id, 1, times: 2)
        try await clock.slept(for: .milliseconds(100))
        _ = try await fixture.containers.stop(id)
    }

    @Test("on-failure:1 gives up, and success ends it") func onFailure() async throws {
        let clock = ManualClock()
        let fixture = try EngineFixture(clock: clock.engine)
        let id = try await fixture.run(nil, policy("on-failure", 1)).id
        try await ends(fixture, id, 7, times: 1)
        try await clock.pass(.milliseconds(100))
        try await ends(fixture, id, 7, times: 2)
        #expect(try await fixture.containers.wait(id).value().statusCode == 7)
        #expect(try await fixture.containers.inspect(id).state.status == "exited")
        let good = try await fixture.run(nil, policy("on-failure")).id
        try await ends(fixture, good, 0, times: 1)
        #expect(try await fixture.containers.inspect(good).state.status == "exited")
    }

    @Test("who waits for a container is told of each exit; who waits between two, of the end") func waits() async throws {
        let clock = ManualClock()
        let fixture = try EngineFixture(clock: clock.engine)
        let id = try await fixture.run(nil, policy("always")).id
        let first = try fixture.containers.wait(id)
        try await ends(fixture, id, 3, times: 1)
        #expect(try await first.value().statusCode == 3)
        try await clock.slept(for: .milliseconds(100))
        let second = try fixture.containers.wait(id)
        try await fixture.containers.stop(id)
        #expect(try await second.value().statusCode == 3)
        #expect(try await fixture.containers.list(.init()).isEmpty)
    }

    @Test("between two runs: what is refused, and that kill and rm -f take the restart back") func between() async throws {
        let clock = ManualClock()
        let fixture = try EngineFixture(clock: clock.engine)
        let id = try await fixture.run(nil, policy("always")).id
        try await ends(fixture, id, 3, times: 1)
        try await clock.slept(for: .milliseconds(100))
        #expect(try await fixture.containers.list(.init()).first?.status.hasPrefix("Restarting (3) ") == true)
        #expect(await failure(.conflict) { try await fixture.containers.remove(id) }.contains("container is restarting"))
        #expect(await failure(.conflict) { try await fixture.containers.pause(id) }.contains("is restarting, wait until"))
        _ = await failure(.notModified) { try await fixture.containers.start(id) }
        var request = ExecCreateRequest()
        request.cmd = ["sh"]
        #expect(await failure(.conflict) { _ = try await fixture.execs.create(id, request) }.contains("is restarting, wait until"))
        try await fixture.containers.kill(id)
        #expect(try await fixture.containers.inspect(id).state.status == "exited")
        clock.advance(by: .seconds(100))
        try await fixture.containers.start(id)
        try await ends(fixture, id, 3, times: 2)
        try await clock.slept(for: .milliseconds(100))
        try await fixture.containers.remove(id, options: .init(force: true))
        #expect(try await fixture.containers.list(.init(all: true)).isEmpty)
    }

    @Test("a restart that can't be carried out ends the policy with its reason") func failsToStart() async throws {
        let clock = ManualClock()
        let fixture = try EngineFixture(clock: clock.engine)
        let id = try await fixture.run(nil, policy("always")).id
        try await ends(fixture, id, 3, times: 1)
        fixture.tasks.failCreate(TaskFailure(step: "exec", errno: 2, text: "no such file or directory"))
        let end = try fixture.containers.wait(id)
        try await clock.pass(.milliseconds(100))
        #expect(try await end.value().statusCode == 127)
        let state = try await fixture.containers.inspect(id).state
        #expect(state.status == "exited" && state.error.contains("executable file not found"))
    }

    @Test("a signal that ends it by hand is no failure; one that the image does not name as its stop signal is") func signals()
        async throws
    {
        let clock = ManualClock()
        let fixture = try EngineFixture(clock: clock.engine)
        // Docker 20.10: without a stop signal of its own, any signal is taken for the wish to end it.
        let plain = try await fixture.run(nil, policy("always"))
        try await fixture.containers.kill(plain.id, signal: "HUP")
        try await ends(fixture, plain.id, 3, times: 1)
        #expect(try await fixture.containers.inspect(plain.id).state.status == "exited")
        let other = try await fixture.run(nil) {
            $0.stopSignal = "QUIT"
            $1.restartPolicy = RestartPolicy(name: "always")
        }
        try await fixture.containers.kill(other.id, signal: "HUP")
        try await ends(fixture, other.id, 3, times: 1)
        try await clock.pass(.milliseconds(100))
        try await fixture.happened("start", other.id, times: 2)
    }

    @Test("a new daemon starts what should run: by policy, by who stopped it, never what never ran") func withDaemon() async throws {
        let old = try EngineFixture()
        var ids: [String: String] = [:]
        for name in ["always", "unless-stopped", "on-failure", "no"] {
            let id = try await old.run("stopped-\(name)", policy(name)).id
            try await old.containers.stop(id)
            ids["stopped-\(name)"] = id
        }
        let never = try await old.create("never", policy("always"))
        let lost = try await old.run("lost", policy("unless-stopped"))
        lost.task.disconnect()
        lost.task.vanish()
        var host = HostFacts.example
        host.bootID = "boot-2"
        let new = try old.reopened(tasks: FakeTaskService(), host: host)
        _ = try await new.containers.restore()
        await new.containers.resume().value
        try await new.happened("start", lost.id, times: 2)
        func status(_ name: String) async throws -> String { try await new.containers.inspect(ids[name] ?? name).state.status }
        #expect(try await status("stopped-always") == "running")
        #expect(try await status("stopped-unless-stopped") == "exited")
        #expect(try await status("stopped-on-failure") == "running")
        #expect(try await status("stopped-no") == "exited")
        #expect(try await status("lost") == "running")
        #expect(try await status(never) == "created")
    }

    @Test("an exit while no daemon was there is followed by the restart, once") func exitedMeanwhile() async throws {
        let old = try EngineFixture()
        let (id, task) = try await old.run("web", policy("always"))
        task.disconnect()
        task.exit(4, at: Timestamp.now().advanced(by: .seconds(-5)))
        let new = try old.reopened()
        _ = try await new.containers.restore()
        new.containers.resume()
        try await new.happened("start", id, times: 2)
        #expect(try await new.actions(of: id) == ["create", "start", "die", "start"])
        #expect(try await new.containers.inspect(id).restartCount == 1)
    }

    @Test("a shutdown stops everything, and the next daemon starts it again") func shutdown() async throws {
        let old = try EngineFixture()
        let id = try await old.run("web", policy("unless-stopped")).id
        let plain = try await old.run("plain").id
        await old.containers.shutdown(timeout: .seconds(15))
        #expect(try await old.containers.inspect(id).state.status == "exited")
        #expect(try await old.containers.inspect(plain).state.status == "exited")
        let new = try old.reopened()
        _ = try await new.containers.restore()
        await new.containers.resume().value
        #expect(try await new.containers.inspect(id).state.status == "running")
        #expect(try await new.containers.inspect(plain).state.status == "exited")
    }
}

@Suite("the order of starts") struct StartOrderTests {
    private func record(
        _ name: String, _ labels: [String: String] = [:], _ change: (inout HostConfig) -> Void = { _ in }
    ) -> ContainerRecord {
        var config = ContainerConfig()
        config.labels = labels
        var host = HostConfig()
        change(&host)
        return ContainerRecord(
            id: ContainerID.make(), name: name, created: Timestamp(seconds: 5), config: config, hostConfig: host, imageID: "i", path: "p",
            arguments: [])
    }

    private func service(_ name: String, depends: String = "") -> ContainerRecord {
        record(
            name,
            [StartOrder.projectLabel: "app", StartOrder.serviceLabel: name].merging(
                depends.isEmpty ? [:] : [StartOrder.dependsLabel: depends]
            ) { $1 })
    }

    @Test("compose's dependencies come first, with their conditions") func compose() {
        let web = service("web", depends: "db:service_healthy:false,cache:service_started:true")
        let db = service("db", depends: "setup:service_completed_successfully:false")
        let (cache, setup) = (service("cache"), service("setup"))
        let other = record("db", [StartOrder.projectLabel: "other", StartOrder.serviceLabel: "db"])
        let all = [web, db, cache, setup, other]
        let order = StartOrder(starting: [web, db, cache, other], among: all)
        let places = Dictionary(uniqueKeysWithValues: order.order.enumerated().map { ($1, $0) })
        #expect(order.order.count == 4)
        #expect((places[db.id] ?? 9) < (places[web.id] ?? 0) && (places[cache.id] ?? 9) < (places[web.id] ?? 0))
        #expect(Set(order.dependencies[web.id] ?? []) == [.init(id: db.id, condition: .healthy), .init(id: cache.id, condition: .started)])
        #expect(order.dependencies[db.id] == [.init(id: setup.id, condition: .completed)])
        #expect(order.dependencies[other.id] == nil)
    }

    @Test("whose namespaces are joined comes first; circles are broken") func joins() {
        let donor = record("donor")
        let joiner = record("joiner") { $0.pidMode = "container:\(donor.id)" }
        #expect(StartOrder(starting: [joiner, donor], among: [joiner, donor]).order == [donor.id, joiner.id])
        let (a, b) = (service("a", depends: "b:service_started:true"), service("b", depends: "a:service_started:true"))
        #expect(Set(StartOrder(starting: [a, b], among: [a, b]).order) == [a.id, b.id])
    }
}
