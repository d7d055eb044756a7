// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Archives behind URLs, for `docker import http://…`: the engine asks, HTTP answers.

import WharfError
import WharfHTTP
import WharfOutbound

/// Opens URLs. Redirects are followed, as many as Go's client does.
struct RemoteArchives: Sendable {
    let client: OutboundClient

    private static let redirectLimit = 10

    /// What a URL points at; one without a scheme is taken for http, as in Docker.
    ///
    /// - Throws: `invalidArgument` for what is no URL; `notFound`, `unauthorized`, `unavailable` for what the server says.
    func open(_ text: String) async throws -> HTTPBody {
        guard var url = text.contains("://") ? WebURL(text) : WebURL("http://\(text)") else {
            throw WharfError(.invalidArgument, "\"\(text)\" is no URL of http or https")
        }
        for _ in 0...Self.redirectLimit {
            let response: HTTPClientResponse
            do {
                response = try await client.send(OutboundRequest("GET", url))
            } catch let error as OutboundError {
                throw WharfError(.unavailable, "\(url): \(error)", cause: error)
            }
            switch response.status {
            case 200: return response.body
            case 301, 302, 303, 307, 308:
                guard let location = response.headers["Location"], let next = url.resolving(location) else {
                    throw WharfError(.unavailable, "\(url) leads nowhere")
                }
                url = next
            case 404: throw WharfError(.notFound, "\(url): the server has no such file")
            case 401, 403: throw WharfError(.forbidden, "\(url): the server answered \(response.status)")
            default: throw WharfError(.unavailable, "\(url): the server answered \(response.status)")
            }
        }
        throw WharfError(.unavailable, "\(text): more than \(Self.redirectLimit) redirects")
    }
}
