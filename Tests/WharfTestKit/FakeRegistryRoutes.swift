// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The fake registry's answers to everything but uploads.

import Synchronization
import WharfHTTP
import WharfOutbound
import WharfJSON
import WharfOCI

extension FakeRegistry {
    func respond(_ request: HTTPRequest) async -> HTTPResponse {
        note(request)
        if fires(.hugeHeaders) {
            var headers: HTTPHeaders = [:]
            for number in 0..<8 { headers.add("X-Huge-\(number)", String(repeating: "x", count: 60_000)) }
            return HTTPResponse(200, headers: headers)
        }
        if let seconds = fires({ if case .tooManyRequests(let seconds) = $0 { seconds } else { nil } }) {
            var response = Self.error(429, "TOOMANYREQUESTS", "You have reached your pull rate limit")
            response.headers["Retry-After"] = String(seconds)
            return response
        }
        if fires(.serverError) { return HTTPResponse(500) }
        switch request.path.first {
        case "token": return await token(request)
        case "v1": return search(request)
        case "elsewhere": return await blob(request, request.path.last ?? "")
        case "v2":
            // The other server lets in whoever knows the address, as storages do.
            if request.headers["Host"] != elsewhere, let refusal = refusal(request) { return refusal }
            return await route(request, Array(request.path.dropFirst()))
        default: return HTTPResponse(404)
        }
    }

    private func note(_ request: HTTPRequest) {
        let isElsewhere = request.headers["Host"] == elsewhere
        var headers: [String: String] = [:]
        for (name, value) in request.headers.fields { headers[name.lowercased()] = value }
        let seen = Seen(
            method: request.method, target: request.target, authorization: request.headers["Authorization"],
            range: request.headers["Range"], isElsewhere: isElsewhere, headers: headers)
        state.withLock { $0.seen.append(seen) }
    }

    private func route(_ request: HTTPRequest, _ path: [String]) async -> HTTPResponse {
        if path.isEmpty { return HTTPResponse(200, headers: ["Docker-Distribution-Api-Version": "registry/2.0"]) }
        guard let mark = path.lastIndex(where: { ["blobs", "manifests", "tags", "referrers"].contains($0) }), mark > 0 else {
            return Self.error(404, "NAME_UNKNOWN", "repository name not known to registry")
        }
        let name = path[..<mark].joined(separator: "/")
        let rest = Array(path[mark...])
        switch (rest[0], request.method) {
        case ("blobs", _) where rest.count >= 2 && rest[1] == "uploads":
            return await upload(request, name, rest.count > 2 ? rest[2] : nil)
        case ("blobs", "GET"), ("blobs", "HEAD"):
            guard rest.count == 2, state.withLock({ $0.owners[rest[1]]?.contains(name) == true }) else {
                return Self.error(404, "BLOB_UNKNOWN", "blob unknown to registry")
            }
            return await blob(request, rest[1])
        case ("manifests", "GET"), ("manifests", "HEAD"): return manifest(request, name, rest.last ?? "")
        case ("manifests", "PUT"): return await putManifest(request, name, rest.last ?? "")
        case ("tags", "GET"): return tags(request, name)
        case ("referrers", "GET"): return HTTPResponse(404)
        default: return Self.error(405, "UNSUPPORTED", "The operation is unsupported.")
        }
    }

    // MARK: Authentication

    private func refusal(_ request: HTTPRequest) -> HTTPResponse? {
        let shown = request.headers["Authorization"] ?? ""
        let isIn: Bool
        switch options.access {
        case .open: isIn = true
        case .basic(let user, let password): isIn = shown == "Basic " + base64(Array("\(user):\(password)".utf8))
        case .bearer: isIn = state.withLock { $0.tokens.contains(String(shown.dropFirst("Bearer ".count))) }
        }
        if isIn, !fires(.unauthorizedForever) { return nil }
        var response = Self.error(401, "UNAUTHORIZED", "authentication required")
        let scheme = options.usesTLS ? "https" : "http"
        switch options.access {
        case .basic: response.headers["WWW-Authenticate"] = "Basic realm=\"fake\""
        case .open, .bearer:
            response.headers["WWW-Authenticate"] = "Bearer realm=\"\(scheme)://\(host)/token\",service=\"fake registry\""
        }
        return response
    }

    private func token(_ request: HTTPRequest) async -> HTTPResponse {
        if fires(.tokenGarbage) {
            return HTTPResponse(200, headers: ["Content-Type": "application/json"], content: .bytes(Array("<html>welcome</html>".utf8)))
        }
        if case .bearer(let user, let password) = options.access, !user.isEmpty {
            let basic = "Basic " + base64(Array("\(user):\(password)".utf8))
            var isKnown = request.headers["Authorization"] == basic
            if request.method == "POST" {
                let form = (try? await request.body.collect(upTo: 1 << 16)) ?? []
                isKnown = String(decoding: form, as: UTF8.self).contains("refresh_token=refresh-of-\(user)")
            }
            guard isKnown else { return Self.error(401, "UNAUTHORIZED", "incorrect username or password") }
        }
        let token = state.withLock { state in
            state.counter += 1
            let token = "token-\(state.counter)"
            state.tokens.insert(token)
            return token
        }
        var refresh = ""
        if options.givesRefreshTokens, request.query["offline_token"] == "true" {
            refresh = ",\"refresh_token\":\"refresh-of-\(request.query["account"] ?? "")\""
        }
        return Self.json("{\"token\":\"\(token)\",\"expires_in\":300\(refresh)}")
    }

    private func search(_ request: HTTPRequest) -> HTTPResponse {
        let term = request.query["q"] ?? ""
        let names = state.withLock { $0.manifests.keys.filter { $0.contains(term) }.sorted() }
        let results = names.map { name in
            "{\"name\":\"\(name)\",\"description\":\"about \(name)\",\"star_count\":7,\"is_official\":false,\"is_automated\":false}"
        }
        return Self.json("{\"num_results\":\(results.count),\"query\":\"\(term)\",\"results\":[\(results.joined(separator: ","))]}")
    }

    // MARK: Manifests and tags

    private func manifest(_ request: HTTPRequest, _ name: String, _ reference: String) -> HTTPResponse {
        let (isKnown, stored) = state.withLock { ($0.manifests[name] != nil, $0.manifests[name]?[reference]) }
        guard let stored else {
            return isKnown
                ? Self.error(404, "MANIFEST_UNKNOWN", "manifest unknown")
                : Self.error(404, "NAME_UNKNOWN", "repository name not known to registry")
        }
        var bytes = stored.bytes
        var type = stored.mediaType
        if fires(.wrongContentType) { type = "text/html" }
        if fires(.manifestAndIndex), bytes.last == UInt8(ascii: "}") { bytes = bytes.dropLast() + Array(",\"manifests\":[]}".utf8) }
        if fires(.truncatedManifest) { bytes = Array(bytes[..<(bytes.count / 2)]) }
        let digest = fires(.digestLie) ? Self.digest(bytes + [0]) : Self.digest(bytes)
        let headers: HTTPHeaders = ["Content-Type": type, "Docker-Content-Digest": digest.description]
        if request.method == "HEAD" {
            var headers = headers
            headers["Content-Length"] = String(bytes.count)
            return HTTPResponse(200, headers: headers, content: .bytes(bytes))
        }
        if fires(.endlessManifest) {
            return HTTPResponse(
                200, headers: headers,
                content: .stream(whenGone: .cancels) { writer in
                    try await writer.write(Array("{\"schemaVersion\":2,\"padding\":\"".utf8))
                    let padding = [UInt8](repeating: UInt8(ascii: "x"), count: 64 * 1024)
                    while true { try await writer.write(padding) }
                })
        }
        return HTTPResponse(200, headers: headers, content: .bytes(bytes))
    }

    private func putManifest(_ request: HTTPRequest, _ name: String, _ reference: String) async -> HTTPResponse {
        guard let bytes = try? await request.body.collect(upTo: 4 << 20) else { return Self.error(413, "SIZE_INVALID", "too large") }
        let digest = Self.digest(bytes)
        let document = try? JSON.parse(bytes)
        let parts = (document?["layers"]?.array ?? []) + (document?["config"].map { [$0] } ?? [])
        let missing = state.withLock { state in
            parts.compactMap { $0["digest"]?.string }.filter { state.owners[$0]?.contains(name) != true }
        }
        guard missing.isEmpty else {
            return Self.error(404, "MANIFEST_BLOB_UNKNOWN", "manifest references a manifest or blob unknown to registry")
        }
        if WharfOCI.Digest(reference) != nil, reference != digest.description {
            return Self.error(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
        }
        addManifest(bytes, to: name, tag: reference, mediaType: request.headers["Content-Type"] ?? "")
        let told = fires(.digestLie) ? Self.digest(bytes + [0]) : digest
        return HTTPResponse(201, headers: ["Docker-Content-Digest": told.description, "Location": "/v2/\(name)/manifests/\(digest)"])
    }

    private func tags(_ request: HTTPRequest, _ name: String) -> HTTPResponse {
        let all = state.withLock { $0.manifests[name]?.keys.filter { WharfOCI.Digest($0) == nil }.sorted() }
        guard let all else { return Self.error(404, "NAME_UNKNOWN", "repository name not known to registry") }
        let last = request.query["last"] ?? ""
        let count = min(Int(request.query["n"] ?? "") ?? 100, 3)
        let rest = all.filter { $0 > last }
        let page = rest.prefix(count)
        var response = Self.json("{\"name\":\"\(name)\",\"tags\":[\(page.map { "\"\($0)\"" }.joined(separator: ","))]}")
        if rest.count > count, let end = page.last {
            response.headers["Link"] = "</v2/\(name)/tags/list?last=\(end)&n=\(count)>; rel=\"next\""
        }
        return response
    }

    // MARK: Shapes

    static func json(_ text: String) -> HTTPResponse {
        HTTPResponse(200, headers: ["Content-Type": "application/json"], content: .bytes(Array(text.utf8)))
    }

    static func error(_ status: Int, _ code: String, _ message: String) -> HTTPResponse {
        let text = "{\"errors\":[{\"code\":\"\(code)\",\"message\":\"\(message)\",\"detail\":null}]}"
        return HTTPResponse(status, headers: ["Content-Type": "application/json"], content: .bytes(Array(text.utf8)))
    }
}
