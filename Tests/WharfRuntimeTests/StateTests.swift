// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the runtime remembers between two commands, without any container.

import Glibc
import Testing
import WharfJSON
import WharfLinux
import WharfOCI
import WharfTestKit

@testable import WharfRuntime

@Suite("State on disk")
struct StateTests {
    private let temporary: TemporaryDirectory
    private let state: StateDirectory

    init() throws {
        temporary = try TemporaryDirectory("state")
        state = StateDirectory(HostPath(temporary.path) / "root")
    }

    private func record(_ id: String, _ process: ProcessIdentity? = nil) -> ContainerRecord {
        ContainerRecord(
            id: id, bundle: "/b", rootfs: "/b/rootfs", created: .now(), owner: 0, annotations: ["a": "b"], cgroupsPath: "", process: process
        )
    }

    @Test("a record is read as it was written, and the folder goes with all that is in it")
    func roundTrip() throws {
        let folder = try state.create("c1")
        #expect(try folder.record() == nil)
        let written = record("c1", try ProcessIdentity(of: getpid()))
        try folder.write(written)
        #expect(try state.open("c1").existingRecord() == written)
        #expect(try state.list().map(\.id) == ["c1"])
        #expect(throws: RuntimeError(step: "state", errno: EEXIST, text: "container with given ID already exists")) {
            try state.create("c1")
        }
        try folder.remove()
        #expect(throws: StateDirectory.missing) { try state.open("c1") }
        #expect(try state.list().isEmpty)
    }

    @Test(
        "what is no id never becomes a path",
        arguments: ["", ".", "..", "../x", "a/b", "-x", ".seccomp", "a\0b", "é", String(repeating: "a", count: 256)])
    func ids(id: String) {
        #expect(throws: RuntimeError(step: "state", errno: EINVAL, text: "invalid container ID format")) { try state.create(id) }
        #expect(throws: RuntimeError(step: "state", errno: EINVAL, text: "invalid container ID format")) { try state.open(id) }
    }

    @Test("a record that was cut off or changed by hand is an error that names the container")
    func broken() throws {
        let folder = try state.create("c1")
        for text in ["", "{", #"{"id":"c1","id":"c2"}"#, #"{"id":"c1","process":{"pid":"x"}}"#] {
            try temporary.write("root/c1/state.json", Array(text.utf8))
            #expect { try folder.record() } throws: { "\($0)".contains("state of container c1") }
        }
    }

    @Test("one command at a time: the lock is held by the one that made the folder, and not by the dead")
    func lock() async throws {
        var folder: ContainerFolder? = try state.create("c1")
        #expect(try state.open("c1").isLocked())
        folder = nil
        _ = folder
        try await free("c1")
        try state.open("c1").lock()
    }

    @Test("a lock on a folder that was removed meanwhile is no lock")
    func lockRemoved() throws {
        let waiting = try { try state.create("c1").id }()
        let folder = try state.open(waiting)
        try state.open(waiting).remove()
        #expect(throws: StateDirectory.missing) { try folder.lock() }
    }

    @Test("a process is found by pid and start time; a pid that somebody else has by now is nobody")
    func identity() throws {
        let own = try ProcessIdentity(of: getpid())
        #expect(try own.open() != nil)
        let other = try JSON.decode(ProcessIdentity.self, from: Array(#"{"pid":\#(own.pid),"startTicks":\#(own.startTicks + 1)}"#.utf8))
        #expect(try other.open() == nil)
        let nobody = try JSON.decode(ProcessIdentity.self, from: Array(#"{"pid":4194999,"startTicks":1}"#.utf8))
        #expect(try nobody.open() == nil)
    }

    @Test("a container without a process on record is stopped, and creating while its maker holds the lock")
    func standing() async throws {
        var folder: ContainerFolder? = try state.create("c1")
        let record = record("c1")
        try folder?.write(record)
        #expect(try state.open("c1").standing(record).status == .creating)
        folder = nil
        _ = folder
        try await free("c1")
        #expect(try state.open("c1").standing(record).status == .stopped)
    }

    /// A program that another test is starting right now has a copy of the lock until its exec.
    private func free(_ id: String) async throws {
        try await eventually("the lock is free") { [state] in try !state.open(id).isLocked() }
    }
}
