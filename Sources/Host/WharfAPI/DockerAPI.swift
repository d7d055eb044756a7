// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The door of the daemon: a request comes in, its version is read off the path, one route answers. All routes stand in
// the tables of the *Routes files; this file adds what every answer has in common.

public import Logging
import WharfDockerAPI
public import WharfEngine
import WharfError
public import WharfHTTP

/// The Docker Engine API over an engine.
public struct DockerAPI: Sendable {
    typealias Handler = @Sendable (APIRequest) async throws -> HTTPResponse
    typealias Route = HTTPRoute<Handler>

    private let router: HTTPRouter<Handler>
    private let server: String
    private let log: Logger

    /// `version` is the daemon's own, for the `Server` header.
    public init(engine: Engine, version: String, log: Logger) {
        self.init(
            SystemRoutes(system: engine.system, events: engine.events).routes
                + ContainerRoutes(containers: engine.containers).routes
                + ContainerStreamRoutes(containers: engine.containers).routes
                + ContainerFileRoutes(containers: engine.containers).routes
                + ContainerUsageRoutes(containers: engine.containers).routes
                + WhyRoutes(containers: engine.containers).routes
                + ExecRoutes(exec: engine.exec).routes
                + ImageRoutes(images: engine.images).routes
                + ImageTransferRoutes(images: engine.images).routes
                + RegistryRoutes(registries: engine.images).routes
                + CommitRoutes(images: engine.images).routes
                + AbsentRoutes().routes, version: version, log: log)
    }

    init(_ routes: [Route], version: String, log: Logger = Logger(label: "wharf.api")) {
        router = HTTPRouter(routes)
        server = "Wharf/\(version) (linux)"
        self.log = log
    }

    /// Answers one request; never throws: errors are answers too.
    public func respond(_ request: HTTPRequest) async -> HTTPResponse {
        var response: HTTPResponse
        do {
            response = try await answer(request)
            if case .lateStream(let whenGone, _, let write) = response.content {
                response.content = .lateStream(whenGone: whenGone, refuse: { signed(refusal(request, $0)) }, write)
            }
        } catch {
            response = refusal(request, error)
        }
        return signed(response)
    }

    private func refusal(_ request: HTTPRequest, _ error: any Error) -> HTTPResponse {
        let response = HTTPResponse.failure(WharfError.from(error))
        // The target as sent: decoded, it could forge lines of the log.
        log.log(level: response.status == 500 ? .error : .debug, "\(request.method) \(request.target): \(error)")
        return response
    }

    /// With the headers that every answer has.
    private func signed(_ response: HTTPResponse) -> HTTPResponse {
        var response = response
        response.headers.add("Server", server)
        response.headers.add("Api-Version", APIVersion.current.description)
        response.headers.add("Docker-Experimental", "false")
        response.headers.add("Ostype", "linux")
        return response
    }

    /// `/v1.41/containers/json` and `/containers/json` mean the same route; without a version it is the newest.
    private func answer(_ request: HTTPRequest) async throws -> HTTPResponse {
        var path = request.path
        var version = APIVersion.current
        if let first = path.first, first.utf8.first == UInt8(ascii: "v"), let given = APIVersion(first) {
            try given.requireSupported()
            version = given
            path.removeFirst()
        }
        guard let (handler, parameters) = router.match(request.method, path) else {
            throw WharfError(.notFound, "page not found")
        }
        return try await handler(APIRequest(http: request, version: version, parameters: parameters))
    }
}
