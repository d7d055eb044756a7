// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Lists: tags of a repository, repositories, referrers of a manifest (distribution spec 1.1, "Content discovery").

import WharfHTTP
import WharfJSON
import WharfOCI

extension DistributionAPI {
    static let listRoutes: [HTTPRoute<Handler>] = [
        HTTPRoute("GET", "/v2/{name...}/tags/list", { api, request in try await api.listTags(request) }),
        HTTPRoute("GET", "/v2/_catalog", { api, request in try await api.listRepositories(request) }),
        HTTPRoute("GET", "/v2/{name...}/referrers/{digest}", { api, request in try await api.listReferrers(request) }),
    ]

    private func listTags(_ request: HTTPRequest) async throws(RegistryError) -> HTTPResponse {
        let repository = try request.repository()
        let (count, last) = try request.page()
        let (tags, hasMore) = try await store.tags(of: repository, after: last, count: count)
        return DistributionAPI.page("/v2/\(repository)/tags/list", count, hasMore ? tags.last : nil) { json in
            json.field("name", repository.text)
            json.field("tags", tags)
        }
    }

    private func listRepositories(_ request: HTTPRequest) async throws(RegistryError) -> HTTPResponse {
        let (count, last) = try request.page()
        let (names, hasMore) = try await store.catalog(after: last, count: count)
        return DistributionAPI.page("/v2/_catalog", count, hasMore ? names.last : nil) { json in json.field("repositories", names) }
    }

    private func listReferrers(_ request: HTTPRequest) async throws(RegistryError) -> HTTPResponse {
        let type = request.query["artifactType"].flatMap { $0.isEmpty ? nil : $0 }
        let referrers = try await store.referrers(of: try request.digest(), artifactType: type, in: try request.repository())
        var json = JSONWriter()
        json.object { json in
            json.field("schemaVersion", 2)
            json.field("mediaType", MediaType.ociIndex)
            json.array("manifests", referrers) { json, referrer in
                json.object { json in
                    json.field("mediaType", referrer.mediaType)
                    json.field("digest", referrer.digest.description)
                    json.field("size", referrer.size)
                    json.optional("artifactType", referrer.artifactType)
                    if !referrer.annotations.isEmpty {
                        json.key("annotations")
                        json.raw(referrer.annotations)
                    }
                }
            }
        }
        var headers: HTTPHeaders = ["Content-Type": MediaType.ociIndex]
        if type != nil { headers.add("OCI-Filters-Applied", "artifactType") }
        return HTTPResponse(200, headers: headers, content: .bytes(json.bytes))
    }

    /// A page with a link to the next one, where there is one (RFC 5988). Names and tags hold nothing that must be escaped.
    private static func page(_ path: String, _ count: Int, _ last: String?, _ members: (inout JSONWriter) -> Void) -> HTTPResponse {
        var json = JSONWriter()
        json.object { json in members(&json) }
        var headers: HTTPHeaders = ["Content-Type": "application/json"]
        if let last { headers.add("Link", "<\(path)?n=\(count)&last=\(last)>; rel=\"next\"") }
        return HTTPResponse(200, headers: headers, content: .bytes(json.bytes))
    }
}
