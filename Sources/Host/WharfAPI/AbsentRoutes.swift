// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What this daemon is not: no swarm manager, no plugins, no BuildKit. Answers as a docker daemon without them does, so
// that clients go on.

import WharfError
import WharfHTTP
import WharfJSON

/// Parts of the API that other daemons have.
struct AbsentRoutes: Sendable {
    private static let swarmText =
        "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and try again."

    var routes: [DockerAPI.Route] {
        swarm + [
            .init("GET", "/plugins") { _ in .json([JSONValue]()) },
            .init("POST", "/session") { _ in throw WharfError(.notImplemented, "BuildKit sessions are not supported by this daemon") },
            .init("POST", "/grpc") { _ in throw WharfError(.notImplemented, "BuildKit's gRPC is not supported by this daemon") },
            .init("GET", "/containers/{id}/checkpoints", checkpoints),
            .init("POST", "/containers/{id}/checkpoints", checkpoints),
            .init("DELETE", "/containers/{id}/checkpoints/{checkpoint}", checkpoints),
        ]
    }

    private var swarm: [DockerAPI.Route] {
        let nouns = ["swarm", "services", "nodes", "tasks", "secrets", "configs"]
        return nouns.flatMap { noun in
            ["GET", "POST", "DELETE"].flatMap { method in
                [DockerAPI.Route(method, "/\(noun)", notAManager), DockerAPI.Route(method, "/\(noun)/{rest...}", notAManager)]
            }
        }
    }

    @Sendable private func notAManager(_ request: APIRequest) async throws -> HTTPResponse {
        throw WharfError(.unavailable, Self.swarmText)
    }

    @Sendable private func checkpoints(_ request: APIRequest) async throws -> HTTPResponse {
        throw WharfError(.notImplemented, "checkpoints are not supported by this daemon")
    }
}
