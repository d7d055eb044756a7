// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The few phrases that the suites share: run something once, run something beside, find a name nobody has.

import Synchronization
import WharfJSON
import WharfTestKit

/// A name that no other test has.
func unique(_ label: String) -> String {
    "\(label)-\(counter.add(1, ordering: .relaxed).newValue)"
}

private let counter = Atomic(0)

extension DaemonFixture {
    /// `run --rm --network none OPTIONS busybox COMMAND`, to its end.
    func runOnce(_ client: Client, options: [String] = [], _ command: [String], stdin: [UInt8]? = nil) async throws -> CommandResult {
        try await run(client, ["run", "--rm", "--network", "none"] + options + ["busybox"] + command, stdin: stdin)
    }

    /// `run --rm … sh -c SCRIPT`: what it printed; another exit code than 0 is an error.
    func shell(_ client: Client, _ options: [String] = [], _ script: String) async throws -> String {
        try await runOnce(client, options: options, ["sh", "-c", script]).expecting(0).out
    }

    /// `run -d --name NAME …`: a container that goes on running; gives its name.
    @discardableResult
    func runBeside(
        _ client: Client = .docker, _ label: String = "side", _ options: [String] = [], _ script: String = "exec sleep 1000"
    )
        async throws -> String
    {
        let name = unique(label)
        let result = try await run(
            client, ["run", "-d", "--name", name, "--network", "none"] + options + ["busybox", "sh", "-c", script]
        ).expecting(0)
        guard result.out.utf8.count == 64 else { throw TestFailure("run -d prints the id: \(result)") }
        return name
    }

    /// One member of the inspect document's State.
    func state(_ container: String, _ member: String) async throws -> JSONValue? {
        try await inspect(container)["State"]?[member]
    }

    /// Waits until a container has exited.
    func untilExited(_ container: String) async throws {
        let reply = try await api.send("POST", "/containers/\(container)/wait")
        guard reply.status == 200 else { throw TestFailure("wait \(container): \(reply.status) \(reply.text)") }
    }

    /// A container made by the API, not started: gives its id.
    func create(_ members: String = #""Cmd":["sleep","1000"]"#, host: String = "", name: String? = nil) async throws -> String {
        let query = name.map { "?name=\($0)" } ?? ""
        let hostConfig = #""HostConfig":{"NetworkMode":"none"\#(host.isEmpty ? "" : ",")\#(host)}"#
        let reply = try await api.send("POST", "/containers/create\(query)", json: #"{"Image":"busybox",\#(members),\#(hostConfig)}"#)
        guard reply.status == 201, let id = try reply.json()["Id"]?.string else {
            throw TestFailure("create: \(reply.status) \(reply.text)")
        }
        return id
    }
}

extension DaemonFixture {
    /// The events of one container so far, oldest first.
    func events(of id: String) async throws -> [JSONValue] {
        let filters = #"{"container":["\#(id)"]}"#.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): String(decoding: [byte], as: UTF8.self)
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }.joined()
        let reply = try await api.send("GET", "/events?since=1&until=\(Timestamp.now().seconds + 1)&filters=\(filters)")
        guard reply.status == 200 else { throw TestFailure("events: \(reply.status) \(reply.text)") }
        return try reply.text.split(separator: "\n").map { try JSON.parse(Array($0.utf8)) }
    }
}
