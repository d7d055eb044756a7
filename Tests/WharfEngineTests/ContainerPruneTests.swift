// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Prune: what does not run goes, within the filters.

import Testing
import WharfDockerAPI
import WharfError
import WharfJSON

@testable import WharfEngine

@Suite struct ContainerPruneTests {
    @Test("only what does not run, and only what the filters name")
    func prune() async throws {
        let fixture = try EngineFixture()
        let (running, _) = try await fixture.run("running")
        let plain = try await fixture.create("plain")
        let kept = try await fixture.create("kept") { config, _ in config.labels = ["keep": "1"] }
        var filters = Filters()
        filters.add("label!", "keep")
        let answer = try await fixture.containers.prune(filters)
        #expect(answer == ContainerPruneResponse(containersDeleted: [plain], spaceReclaimed: 100))
        filters = Filters()
        filters.add("until", "1h")
        #expect(try await fixture.containers.prune(filters) == ContainerPruneResponse())
        #expect(try await fixture.containers.prune(Filters()).containersDeleted == [kept])
        #expect(try await fixture.containers.list(.init(all: true)).map(\.id) == [running])
        #expect(try await fixture.actions(of: "") == ["prune", "prune", "prune"])
    }

    @Test("filters that are none")
    func refusals() async throws {
        let fixture = try EngineFixture()
        for (key, values) in [("name", ["x"]), ("until", ["1h", "2h"]), ("until", ["soon"])] {
            var filters = Filters()
            for value in values { filters.add(key, value) }
            _ = await failure(.invalidArgument) { _ = try await fixture.containers.prune(filters) }
        }
    }
}
