// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The door: requests of the OCI distribution API become calls of the store, and its errors become answers.

public import Logging
public import WharfHTTP
import WharfJSON
import WharfOCI

/// Answers requests to a registry.
public struct DistributionAPI: Sendable {
    typealias Handler = @Sendable (DistributionAPI, HTTPRequest) async throws -> HTTPResponse

    let store: RegistryStore
    private let logger: Logger
    private let router: HTTPRouter<Handler>

    /// What tells clients that this is a registry (distribution spec 1.1, "Determining support").
    private static let versionRoutes: [HTTPRoute<Handler>] = [
        HTTPRoute(
            "GET", "/v2",
            { _, _ in HTTPResponse(200, headers: ["Content-Type": "application/json"], content: .bytes(Array("{}".utf8))) })
    ]

    public init(store: RegistryStore, logger: Logger) {
        self.store = store
        self.logger = logger
        router = HTTPRouter(
            DistributionAPI.versionRoutes + DistributionAPI.blobRoutes + DistributionAPI.uploadRoutes + DistributionAPI.manifestRoutes
                + DistributionAPI.listRoutes)
    }

    /// Answers one request.
    public func respond(_ request: HTTPRequest) async -> HTTPResponse {
        var response: HTTPResponse
        do throws(RegistryError) {
            response = try await answer(request)
        } catch {
            if error.status >= 500 {
                logger.error(
                    "\(error.message)",
                    metadata: ["request": "\(request.method) \(request.target)", "cause": "\(String(describing: error.cause))"])
            }
            response = DistributionAPI.refusal(error)
        }
        response.headers.add("Docker-Distribution-Api-Version", "registry/2.0")
        response.headers.add("X-Content-Type-Options", "nosniff")
        return response
    }

    private func answer(_ request: HTTPRequest) async throws(RegistryError) -> HTTPResponse {
        // A HEAD is answered like the GET; the server leaves the body out.
        for method in request.method == "HEAD" ? ["HEAD", "GET"] : [request.method] {
            guard let (handler, parameters) = router.match(method, request.path) else { continue }
            var request = request
            request.parameters = parameters
            do { return try await handler(self, request) } catch { throw RegistryStore.registryError(error) }
        }
        let isKnown = ["GET", "POST", "PUT", "PATCH", "DELETE"].contains { router.match($0, request.path) != nil }
        if isKnown { throw RegistryError(.unsupported, "\(request.method) is not supported here") }
        return HTTPResponse(
            404, headers: ["Content-Type": "text/plain; charset=utf-8"], content: .bytes(Array("404 page not found\n".utf8)))
    }

    /// `{"errors": [{"code": …, "message": …}]}` (distribution spec 1.1, "Error codes").
    static func refusal(_ error: RegistryError) -> HTTPResponse {
        var json = JSONWriter()
        json.object { json in
            json.array("errors", [error]) { json, error in
                json.object { json in
                    json.field("code", error.code.rawValue)
                    json.field("message", error.message)
                }
            }
        }
        return HTTPResponse(error.status, headers: ["Content-Type": "application/json"], content: .bytes(json.bytes))
    }
}

extension HTTPRequest {
    /// The repository that the path names.
    func repository() throws(RegistryError) -> RepositoryName {
        let text = parameters["name"] ?? ""
        guard let name = RepositoryName(text) else { throw RegistryError(.nameInvalid, "invalid repository name \"\(text)\"") }
        return name
    }

    /// The digest that the path names.
    func digest() throws(RegistryError) -> Digest {
        let text = parameters["digest"] ?? ""
        guard let digest = Digest(text) else { throw RegistryError(.digestInvalid, "invalid digest \"\(text)\"") }
        return digest
    }

    /// The size of a page: `n` or the most there is, whatever is asked for.
    func page() throws(RegistryError) -> (count: Int, last: String) {
        let limit = 1000
        guard let text = query["n"] else { return (limit, query["last"] ?? "") }
        guard let count = Int(text), count >= 0 else { throw RegistryError(.unsupported, "invalid number of results \"\(text)\"") }
        return (min(count, limit), query["last"] ?? "")
    }
}
