// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A second daemon on the same folder: shims that live, ended, vanished or belong to nobody, lost rows, lost databases.

import Synchronization
import Testing
import WharfBlocking
import WharfDockerAPI
import WharfError
import WharfJSON
import WharfLinux
import WharfMetadata
import WharfSQLite
import WharfShimProtocol

@testable import WharfEngine

@Suite("a daemon that comes back", .timeLimit(.minutes(1))) struct ContainerRestoreTests {
    @Test("what runs goes on, and its exit arrives") func survives() async throws {
        let old = try EngineFixture()
        let (id, task) = try await old.run("web")
        task.disconnect()
        let new = try old.reopened()
        let report = try await new.containers.restore()
        #expect(report.running == 1 && report.ended == 0)
        let state = try await new.containers.inspect("web").state
        #expect(state.running && state.pid == Int(task.pid))
        task.exit(6)
        #expect(try await new.containers.wait(id).value().statusCode == 6)
        try await new.happened("die", id)
        #expect(try await new.actions(of: id) == ["create", "start", "die"])
    }

    @Test("an exit while no daemon was there has its code and its time") func exitedMeanwhile() async throws {
        let old = try EngineFixture()
        let (id, task) = try await old.run()
        task.disconnect()
        let time = Timestamp.now().advanced(by: .seconds(5))
        task.exit(9, at: time)
        let new = try old.reopened()
        _ = try await new.containers.restore()
        #expect(try await new.containers.wait(id).value().statusCode == 9)
        #expect(try await new.containers.inspect(id).state.finishedAt == time)
        try await new.happened("die", id)
        #expect(try await new.actions(of: id).count { $0 == "die" } == 1)
        #expect(task.shutdowns == 1)
    }

    @Test("a shim that is gone left its exit record") func exitRecord() async throws {
        let old = try EngineFixture()
        let (id, task) = try await old.run()
        task.disconnect()
        task.vanish()
        let written = ExitRecord(exitCode: 4, exitedAt: Timestamp(seconds: 1_900_000_000), oomKilled: true)
        try old.containers.directory.exit(id).writeAtomically(written.fileBytes)
        let new = try old.reopened()
        let report = try await new.containers.restore()
        #expect(report.running == 0 && report.ended == 1)
        let state = try await new.containers.inspect(id).state
        #expect(state.exitCode == 4 && state.finishedAt == written.exitedAt && state.oomKilled)
    }

    @Test("a shim that is gone without a word: 137, and one die event, also after a further restart") func noRecord() async throws {
        let old = try EngineFixture()
        let (id, task) = try await old.run()
        task.disconnect()
        task.vanish()
        let new = try old.reopened()
        _ = try await new.containers.restore()
        let state = try await new.containers.inspect(id).state
        #expect(state.status == "exited" && state.exitCode == 137 && state.error.contains("shim died"))
        let third = try new.reopened()
        _ = try await third.containers.restore()
        #expect(try await third.actions(of: id).count { $0 == "die" } == 1)
        try await third.containers.start(id)
    }

    @Test("another boot ends what ran") func reboot() async throws {
        let old = try EngineFixture()
        let (id, task) = try await old.run()
        task.disconnect()
        task.vanish()
        var host = HostFacts.example
        host.bootID = "boot-2"
        let new = try old.reopened(tasks: FakeTaskService(), host: host)
        _ = try await new.containers.restore()
        let state = try await new.containers.inspect(id).state
        #expect(state.exitCode == 255 && state.error.contains("restarted"))
    }

    @Test("a start whose row was never written is running all the same") func missedStart() async throws {
        let old = try EngineFixture()
        let id = try await old.create()
        let task = FakeTask(id, pid: 77)
        try await task.start()
        old.tasks.tables.withLock { $0.tasks[id] = task }
        let new = try old.reopened()
        _ = try await new.containers.restore()
        #expect(try await new.containers.inspect(id).state.pid == 77)
        #expect(try await new.actions(of: id) == ["create", "start"])
    }

    @Test("a shim before its start, or of nobody, is ended") func unwanted() async throws {
        let old = try EngineFixture()
        let id = try await old.create()
        let half = FakeTask(id, pid: 77)
        let stranger = FakeTask(ContainerID.make(), pid: 78)
        try await stranger.start()
        old.tasks.tables.withLock { $0.tasks = [half.containerID: half, stranger.containerID: stranger] }
        let new = try old.reopened()
        let report = try await new.containers.restore()
        #expect(report.running == 0)
        #expect(half.isGone && stranger.isGone)
        #expect(try await new.containers.inspect(id).state.status == "created")
    }

    @Test("an exit that the row knows already is not told again") func acknowledged() async throws {
        let old = try EngineFixture()
        let (id, task) = try await old.run()
        let time = Timestamp.now()
        task.exit(2, at: time)
        _ = try await old.containers.wait(id).value()
        // As if the daemon had died before it let the shim go.
        let again = FakeTask(id, pid: task.pid)
        try await again.start()
        again.disconnect()
        again.exit(2, at: time)
        old.tasks.tables.withLock { $0.tasks[id] = again }
        let new = try old.reopened()
        _ = try await new.containers.restore()
        #expect(again.isGone)
        #expect(try await new.actions(of: id) == ["create", "start", "die"])
    }

    @Test("--rm acts after the restart") func autoRemove() async throws {
        let old = try EngineFixture()
        let (id, task) = try await old.run { $1.autoRemove = true }
        task.disconnect()
        task.exit(0)
        let new = try old.reopened()
        _ = try await new.containers.restore()
        try await new.happened("destroy", id)
        _ = await failure(.notFound) { _ = try await new.containers.inspect(id) }
        #expect(try await new.images.roots().isEmpty)
    }

    @Test("a removal that was cut off is finished") func finishesRemoval() async throws {
        let old = try EngineFixture()
        let id = try await old.create()
        await old.containers.apply(id, .removalBegan)
        let new = try old.reopened()
        _ = try await new.containers.restore()
        try await new.happened("destroy", id)
        #expect(try new.store.list(ContainerRecord.self).isEmpty)
    }

    @Test("what no row owns is cleaned up; what was set aside is kept") func leftovers() async throws {
        let old = try EngineFixture()
        let bad = try await old.create("bad")
        let stray = ContainerID.make()
        try old.containers.directory.make(stray)
        old.images.addRoot(stray)
        try Database.open((old.folder / "wharf.db").description, migrations: MetadataSchema.migrations).write(durable: true) {
            _ = try $0.execute("UPDATE rows SET document = CAST('{\"half\":' AS BLOB) WHERE id = ?", .text(bad))
        }
        let new = try old.reopened()
        let report = try await new.containers.restore()
        #expect(report.removed == 2)
        #expect(try await new.images.roots() == [bad])
        #expect(try new.containers.directory.ids() == [bad])
        #expect(try new.store.setAsideRows().map(\.id) == [bad])
    }

    @Test("a lost database: what ran is brought back from its directory") func lostDatabase() async throws {
        let old = try EngineFixture()
        let (id, task) = try await old.run("web")
        task.disconnect()
        for name in ["wharf.db", "wharf.db-wal", "wharf.db-shm"] { try (old.folder / name).unlink() }
        let new = try old.reopened()
        let report = try await new.containers.restore(isDatabaseOld: true)
        #expect(report.recovered == 1 && report.running == 1)
        #expect(try await new.containers.inspect("web").state.running)
        try await new.containers.stop(id)
        #expect(try new.store.list(ContainerRecord.self).count == 1)
    }

    @Test("an older database: what was removed since stays removed") func ghosts() async throws {
        let old = try EngineFixture()
        let removed = try await old.create("removed")
        let kept = try await old.create("kept")
        try old.containers.directory.remove(removed)
        let new = try old.reopened()
        _ = try await new.containers.restore(isDatabaseOld: true)
        #expect(try await new.containers.list(.init(all: true)).map(\.id) == [kept])
        #expect(try await new.images.roots() == [kept])
    }

    @Test("an exec that ended unseen has a code") func execs() async throws {
        let old = try EngineFixture()
        let (id, task) = try await old.run()
        var request = ExecCreateRequest()
        request.cmd = ["sh"]
        let exec = try await old.execs.create(id, request).id
        try await old.execs.startDetached(exec, ExecStartRequest())
        task.disconnect()
        let new = try old.reopened()
        _ = try await new.containers.restore()
        let inspect = try await new.execs.inspect(exec)
        #expect(!inspect.running && inspect.exitCode == 137)
    }
}
