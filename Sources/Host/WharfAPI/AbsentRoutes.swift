// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What this daemon is not: no swarm manager, no plugins, no BuildKit. Answers as a docker daemon without them does, so
// that clients go on. What it can't do yet says so by name, instead of looking like a wrong path.

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
            .init("GET", "/volumes") { _ in .json(NoVolumes()) },
        ]
            + unsupported.flatMap { subject, lines in
                lines.map { method, pattern in
                    .init(method, pattern) { _ in throw WharfError(.notImplemented, "\(subject) not supported by this daemon") }
                }
            }
    }

    /// What is missing, and where it would be.
    private var unsupported: [(subject: String, lines: [(String, String)])] {
        [
            ("BuildKit sessions are", [("POST", "/session"), ("POST", "/grpc")]),
            (
                "checkpoints are",
                [
                    ("GET", "/containers/{id}/checkpoints"), ("POST", "/containers/{id}/checkpoints"),
                    ("DELETE", "/containers/{id}/checkpoints/{checkpoint}"),
                ]
            ),
            ("building images is", [("POST", "/build"), ("POST", "/build/prune"), ("POST", "/build/cancel")]),
            ("attestations of images are", [("GET", "/images/{name...}/attestations")]),
            ("pruning is", ["networks", "volumes"].map { ("POST", "/\($0)/prune") }),
            ("managing plugins is", [("GET", "/plugins/{rest...}"), ("POST", "/plugins/{rest...}"), ("DELETE", "/plugins/{rest...}")]),
            (
                "managing networks is",
                [
                    ("GET", "/networks"), ("GET", "/networks/{id}"), ("DELETE", "/networks/{id}"), ("POST", "/networks/create"),
                    ("POST", "/networks/{id}/connect"), ("POST", "/networks/{id}/disconnect"),
                ]
            ),
            (
                "managing volumes is",
                [("GET", "/volumes/{name}"), ("PUT", "/volumes/{name}"), ("DELETE", "/volumes/{name}"), ("POST", "/volumes/create")]
            ),
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
}

/// The list of volumes of a daemon that can't make any.
private struct NoVolumes: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("Volumes", [String]())
            o.field("Warnings", String?.none)
        }
    }
}
