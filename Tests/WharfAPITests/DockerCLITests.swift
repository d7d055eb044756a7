// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The unmodified docker CLI against the API over fakes: it negotiates, it reads the answers, it shows the errors.

import Glibc
import Testing
import WharfError
import WharfHTTP
import WharfTestKit

@testable import WharfAPI

/// Whether PATH has a docker CLI.
private let hasDocker = (getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":").contains {
    access("\($0)/docker", X_OK) == 0
}

@Suite(.enabled(if: hasDocker), .timeLimit(.minutes(1))) struct DockerCLITests {
    @Test func negotiatesAndShows() async throws {
        let fixture = APIFixture()
        try await withDocker(fixture) { docker in
            let version = try await docker(["version"])
            #expect(version.status == 0, "\(version.output)")
            #expect(version.output.contains("0.1.0-fake"))
            let list = try await docker(["ps", "--no-trunc"])
            #expect(list.status == 0, "\(list.output)")
            #expect(list.output.contains("brave_fake") && list.output.contains("Up 2 minutes"))
            let stop = try await docker(["stop", "-t", "3", "x"])
            #expect(stop.output == "x\n" && stop.status == 0)
            #expect(fixture.calls.list == ["list all=false limit=0", "stop x  3"])
        }
    }

    @Test func showsErrors() async throws {
        let fixture = APIFixture()
        fixture.calls.fail(with: WharfError(.notFound, "No such container: x"))
        try await withDocker(fixture) { docker in
            let start = try await docker(["start", "x"])
            #expect(start.status == 1)
            #expect(start.output.contains("Error response from daemon: No such container: x"))
            let swarm = try await docker(["service", "ls"])
            #expect(swarm.status == 1)
            #expect(swarm.output.contains("This node is not a swarm manager."))
        }
    }

    private func withDocker(
        _ fixture: APIFixture,
        _ body: ((_ arguments: [String]) async throws -> (status: Int32, output: String)) async throws -> Void
    ) async throws {
        let directory = try TemporaryDirectory("api")
        let path = directory.path + "/api.sock"
        let api = fixture.api
        let server = try await HTTPServer([.init(.unix(path: path))], respond: { await api.respond($0) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            defer { server.shutdown() }
            try await body { arguments in
                let child = try ChildProcess(
                    ["docker", "-H", "unix://\(path)"] + arguments, streams: .pipes, environment: ["HOME": directory.path])
                let status = try await child.wait()
                try await child.output.waitForEnd(within: .seconds(10))
                return (status, child.output.text)
            }
        }
    }
}
