// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A server on a private socket for the time of one test.

import Glibc
import WharfHTTP
import WharfLinux

/// What a test gets.
struct ServerFixture: Sendable {
    let path: String
    let directory: Descriptor
    let server: HTTPServer

    var client: HTTPClient { HTTPClient(endpoint: .unix(path: path)) }

    func connect() throws -> RawConnection { try RawConnection(directory: directory, name: "api.sock") }
}

/// Runs `body` against a server that answers with `respond`, below `folder` in a fresh directory.
func withServer(
    folder: String = "d", limits: HTTPLimits = HTTPLimits(), grace: Duration = .seconds(5), respond: @escaping HTTPResponder,
    _ body: @Sendable (ServerFixture) async throws -> Void
) async throws {
    var template = Array("/tmp/wharf-http-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SyscallError("mkdtemp", errno: errno) }
    let root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { try? removeTree(in: HostPath("/tmp").openDirectory(), HostPath(root).name) }
    try HostPath(root + "/" + folder).mkdir()
    let path = root + "/" + folder + "/api.sock"
    let server = try await HTTPServer([.init(.unix(path: path))], limits: limits, grace: grace, respond: respond)
    let fixture = ServerFixture(path: path, directory: try HostPath(root + "/" + folder).openDirectory(), server: server)
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await server.run() }
        defer { server.shutdown() }
        try await body(fixture)
    }
}

/// The answer `200` with a text.
func text(_ text: String) -> HTTPResponse {
    HTTPResponse(200, headers: ["Content-Type": "text/plain"], content: .bytes(Array(text.utf8)))
}

func string(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
