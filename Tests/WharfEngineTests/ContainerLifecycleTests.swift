// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The state machine's whole table: which event does what in which state, and in which order the actions come.

import Testing
import WharfDockerAPI
import WharfError
import WharfJSON

@testable import WharfEngine

@Suite("the state machine of a container") struct ContainerLifecycleTests {
    private let start = Timestamp(seconds: 1000)
    private let end = Timestamp(seconds: 1007)

    private func lifecycle(_ state: ContainerRunState, removesItself: Bool = false) -> ContainerLifecycle {
        ContainerLifecycle(state: state, removesItself: removesItself)
    }

    private var running: ContainerRunState { .running(.init(pid: 7, startedAt: start, bootID: "b")) }
    private var exited: ContainerRunState { .exited(.init(exitCode: 3, startedAt: start, finishedAt: end)) }
    private func report(_ code: Int32) -> ContainerEvent {
        .exited(.init(exitCode: code, exitedAt: end, wasOOMKilled: false, error: ""))
    }

    @Test("a start makes it run and is told") func starts() {
        var machine = lifecycle(.created(nil))
        let actions = machine.handle(.started(pid: 7, at: start, bootID: "b"))
        #expect(machine.state == running)
        #expect(actions == [.persist(durable: false), .publish(action: "start", attributes: [:])])
    }

    @Test("an exit is persisted, told, given back and settled, in this order") func exits() {
        var machine = lifecycle(running)
        let actions = machine.handle(report(3))
        #expect(machine.state == exited)
        #expect(
            actions == [
                .persist(durable: true), .publish(action: "die", attributes: ["exitCode": "3", "execDuration": "7"]), .releaseRun,
                .settleExit(code: 3), .explain,
            ])
    }

    @Test("an exit that is told twice happens once") func exitsOnce() {
        var machine = lifecycle(running)
        _ = machine.handle(report(3))
        #expect(machine.handle(report(137)) == [])
        #expect(machine.state == exited)
    }

    @Test("with --rm the exit is not durable and asks for the removal last") func removesItself() {
        var machine = lifecycle(running, removesItself: true)
        let actions = machine.handle(report(0))
        #expect(actions.first == .persist(durable: false))
        #expect(actions.last == .removeContainer)
    }

    @Test("a start that fails keeps it created, with code and reason") func startFails() {
        var machine = lifecycle(.created(nil))
        let failure = ContainerRunState.StartFailure(exitCode: 127, error: "no such program")
        #expect(machine.handle(.startFailed(failure)) == [.persist(durable: true)])
        #expect(machine.state == .created(failure))
        #expect(machine.state.exitCode == 127)
    }

    @Test("a restart that fails keeps the times of the last run") func restartFails() {
        var machine = lifecycle(exited)
        _ = machine.handle(.startFailed(.init(exitCode: 126, error: "denied")))
        #expect(machine.state == .exited(.init(exitCode: 126, startedAt: start, finishedAt: end, error: "denied")))
    }

    @Test("pause and resume toggle once each") func pauses() {
        var machine = lifecycle(running)
        #expect(machine.handle(.resumed) == [])
        #expect(machine.handle(.paused).contains(.publish(action: "pause", attributes: [:])))
        #expect(machine.state.status == "paused")
        #expect(machine.state.isRunning)
        #expect(machine.handle(.paused) == [])
        #expect(machine.handle(.resumed).contains(.publish(action: "unpause", attributes: [:])))
    }

    @Test("an OOM kill is remembered by the exit that it causes") func oom() {
        var machine = lifecycle(running)
        #expect(machine.handle(.oom) == [.persist(durable: false), .publish(action: "oom", attributes: [:])])
        _ = machine.handle(report(137))
        guard case .exited(let exited) = machine.state else { return #expect(Bool(false)) }
        #expect(exited.wasOOMKilled)
    }

    @Test("nothing happens to what is being removed") func removing() {
        var machine = lifecycle(exited)
        #expect(machine.handle(.removalBegan) == [.persist(durable: true)])
        #expect(machine.state.exitCode == 3)
        for event in [.started(pid: 1, at: start, bootID: "b"), .oom, .paused, report(1)] as [ContainerEvent] {
            #expect(machine.handle(event) == [])
        }
        _ = machine.handle(.removalFailed("busy"))
        #expect(machine.state.status == "dead")
        #expect(machine.handle(.removalBegan) == [.persist(durable: true)])
    }

    @Test("a removal can't begin while it runs") func removalWhileRunning() {
        var machine = lifecycle(running)
        #expect(machine.handle(.removalBegan) == [])
        #expect(machine.state == running)
    }

    @Test("a process found alive is running; the start is told only if nobody had") func found() {
        var known = lifecycle(running)
        #expect(known.handle(.found(pid: 7, startedAt: start, isPaused: false, bootID: "b")) == [])
        var unknown = lifecycle(.created(nil))
        let actions = unknown.handle(.found(pid: 7, startedAt: start, isPaused: false, bootID: "b"))
        #expect(actions.contains(.publish(action: "start", attributes: [:])))
        #expect(unknown.state == running)
    }

    @Test("what a start answers in each state") func startChecks() throws {
        try lifecycle(.created(nil)).checkStart()
        try lifecycle(exited).checkStart()
        var paused = lifecycle(running)
        _ = paused.handle(.paused)
        for (machine, code) in [
            (lifecycle(running), .notModified), (paused, .conflict), (lifecycle(.removing(nil)), .conflict),
            (lifecycle(.dead(.init(last: nil, error: ""))), .conflict),
        ] as [(ContainerLifecycle, WharfError.Code)] {
            do {
                try machine.checkStart()
                Issue.record("allowed in \(machine.state)")
            } catch { #expect(error.code == code) }
        }
    }

    @Test("a restart policy's exit waits for its restart; a start by the policy is legal then, a person's is not") func restarts() throws {
        var plan = RestartPlan()
        plan.policy = RestartPolicy(name: "always")
        var machine = ContainerLifecycle(state: running, removesItself: false, restarts: plan)
        #expect(machine.handle(report(3)).last == .restart(after: .milliseconds(100)))
        #expect(machine.state == .restarting(.init(exitCode: 3, startedAt: start, finishedAt: end)))
        #expect(machine.restarts.count == 1 && machine.state.isActive && !machine.state.isRunning)
        try machine.checkStart(byPolicy: true)
        #expect(throws: WharfError.self) { try machine.checkStart() }
        #expect(machine.handle(.removalBegan) == [])
        var cancelled = machine
        #expect(cancelled.handle(.restartCancelled) == [.persist(durable: true), .settleExit(code: 3)])
        #expect(cancelled.state == exited)
        #expect(cancelled.handle(.restartCancelled) == [])
        _ = machine.handle(.started(pid: 7, at: start, bootID: "b"))
        #expect(machine.state == running)
    }

    @Test("states survive their row") func coding() throws {
        let states: [ContainerRunState] = [
            .created(nil), .created(.init(exitCode: 127, error: "x")), running, exited,
            .restarting(.init(exitCode: 9, startedAt: start, finishedAt: end)), .removing(nil),
            .removing(.init(exitCode: 1, startedAt: start, finishedAt: end)),
            .dead(.init(last: .init(exitCode: 1, startedAt: start, finishedAt: end, wasOOMKilled: true), error: "busy")),
        ]
        for state in states { #expect(try JSON.decode(ContainerRunState.self, from: JSON.encode(state)) == state) }
        #expect(throws: (any Error).self) { try JSON.decode(ContainerRunState.self, from: Array(#"{"status":"odd"}"#.utf8)) }
    }
}
