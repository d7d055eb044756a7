// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The whole API over fakes, called without a socket.

import Synchronization
import WharfDockerAPI
import WharfError

@testable import WharfAPI
@testable import WharfHTTP

/// An answer as a client would see it.
struct Answer {
    let status: Int
    let headers: WharfHTTP.HTTPHeaders
    /// What was in memory or streamed.
    let body: String
    let isHijacked: Bool
    /// A stream that goes on when its client leaves.
    let outlivesClient: Bool
}

struct APIFixture {
    let calls = Calls()
    var isTTY = false
    var exit: Result<ContainerWaitResponse, WharfError> = .success(ContainerWaitResponse(error: nil, statusCode: 7))

    var api: DockerAPI {
        var containers = FakeContainers(calls: calls)
        containers.isTTY = isTTY
        containers.exit = exit
        return DockerAPI(
            SystemRoutes(system: FakeSystem(), events: FakeEvents(calls: calls)).routes
                + ContainerRoutes(containers: containers).routes
                + ContainerStreamRoutes(containers: containers).routes
                + ContainerFileRoutes(containers: FakeContainerFiles(calls: calls)).routes
                + ContainerUsageRoutes(containers: FakeContainerUsage(calls: calls)).routes
                + ExecRoutes(exec: FakeExecs(calls: calls)).routes
                + ImageRoutes(images: FakeImages(calls: calls)).routes
                + ImageTransferRoutes(images: FakeImages(calls: calls)).routes
                + RegistryRoutes(registries: FakeImages(calls: calls)).routes
                + CommitRoutes(images: FakeImages(calls: calls)).routes
                + AbsentRoutes().routes, version: "test")
    }

    func call(_ method: String, _ path: String, _ headers: WharfHTTP.HTTPHeaders = [:], body: String = "") async throws -> Answer {
        guard let target = RequestTarget(path) else { throw WharfError(.invalidArgument, "bad target \(path)") }
        let request = HTTPRequest(
            method: method, target: path, path: target.path, query: target.query, headers: headers, body: HTTPBody(Array(body.utf8)))
        var response = await api.respond(request)
        let written = Mutex<[UInt8]>([])
        var (hijacked, outlives) = (false, false)
        switch response.content {
        case .none: break
        case .bytes(let bytes): written.withLock { $0 = bytes }
        case .stream(let whenGone, let write):
            if case .isIgnored = whenGone { outlives = true }
            try await write(HTTPResponseWriter { bytes in written.withLock { $0 += bytes } })
        case .lateStream(let whenGone, let refuse, let write):
            if case .isIgnored = whenGone { outlives = true }
            do {
                try await write(HTTPResponseWriter { bytes in written.withLock { $0 += bytes } })
            } catch {
                guard written.withLock({ $0.isEmpty }) else { throw error }
                response = refuse(error)
                if case .bytes(let bytes) = response.content { written.withLock { $0 = bytes } }
            }
        case .hijack: hijacked = true
        }
        return Answer(
            status: response.status, headers: response.headers, body: String(decoding: written.withLock { $0 }, as: UTF8.self),
            isHijacked: hijacked, outlivesClient: outlives)
    }

    func post(_ path: String, json: String, type: String = "application/json") async throws -> Answer {
        try await call("POST", path, ["Content-Type": type], body: json)
    }
}
