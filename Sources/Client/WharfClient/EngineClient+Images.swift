// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Images: one method per operation of `/images`. Progress comes as a stream of JSON lines.

public import WharfDockerAPI
import WharfHTTP
public import WharfJSON

extension EngineClient {
    /// `GET /images/json`
    public func images(_ options: ImageListOptions = ImageListOptions()) async throws -> [ImageSummary] {
        var query = Query("images", "json")
        query.addFlag("all", options.all)
        query.addFlag("digests", options.digests)
        query.addFlag("shared-size", options.sharedSize)
        query.addFlag("manifests", options.manifests)
        query.addNonEmpty("filters", options.filters.parameter)
        return try await fetchList(of: ImageSummary.self, "GET", query)
    }

    /// `GET /images/{name}/json` as it came.
    public func imageDocument(_ name: String, platform: OCIPlatform? = nil) async throws -> JSONValue {
        var query = Query("images", name, "json")
        query.addPlatform(platform)
        return try await document(query)
    }

    /// `DELETE /images/{name}`
    public func removeImage(_ name: String, _ options: ImageRemoveOptions = ImageRemoveOptions()) async throws -> [ImageDeleteItem] {
        var query = Query("images", name)
        query.addFlag("force", options.force)
        query.addFlag("noprune", options.noPrune)
        for platform in options.platforms { query.addPlatform(platform, as: "platforms") }
        return try await fetch([ImageDeleteItem].self, "DELETE", query)
    }

    /// `POST /images/{name}/tag`
    public func tagImage(_ name: String, repository: String, tag: String) async throws {
        var query = Query("images", name, "tag")
        query.add("repo", repository)
        query.addNonEmpty("tag", tag)
        try await perform("POST", query, .bytes([]))
    }

    /// `POST /images/load`: an archive of docker save or an OCI layout.
    public func loadImages(_ archive: UploadBody, quiet: Bool, platforms: [OCIPlatform] = []) async throws -> ByteStream {
        var query = Query("images", "load")
        query.add("quiet", quiet ? "1" : "0")
        for platform in platforms { query.addPlatform(platform) }
        return ByteStream(body: try await send("POST", query, .stream(archive.body), type: "application/x-tar").body)
    }

    /// `POST /images/create?fromSrc`: a file system as an image. `source` is `-` for `archive`, else a URL that the
    /// daemon fetches.
    public func importImage(
        source: String, archive: UploadBody?, reference: String, message: String, changes: [String], platform: String
    ) async throws -> ByteStream {
        var query = Query("images", "create")
        query.add("fromSrc", source)
        query.addNonEmpty("repo", reference)
        query.addNonEmpty("message", message)
        query.addNonEmpty("platform", platform)
        for change in changes { query.add("changes", change) }
        let content = archive.map { HTTPClientRequest.Content.stream($0.body) } ?? .bytes([])
        return ByteStream(body: try await send("POST", query, content, type: "text/plain").body)
    }

    /// `POST /images/create?fromImage`: pulls. With an empty tag every tag of the repository comes.
    public func pullImage(_ options: ImagePullOptions) async throws -> ByteStream {
        var query = Query("images", "create")
        query.add("fromImage", options.name)
        query.addNonEmpty("tag", options.tag)
        query.addNonEmpty("platform", options.platform)
        return ByteStream(body: try await send("POST", query, .bytes([]), auth: options.auth).body)
    }

    /// `POST /images/{name}/push`. With an empty tag every tag of the repository goes.
    public func pushImage(_ repository: String, _ options: ImagePushOptions) async throws -> ByteStream {
        var query = Query("images", repository, "push")
        query.addNonEmpty("tag", options.tag)
        query.addPlatform(options.platform)
        return ByteStream(body: try await send("POST", query, .bytes([]), auth: options.auth).body)
    }

    /// `GET /images/get`: an archive of images, for `loadImages`.
    public func saveImages(_ names: [String], platforms: [OCIPlatform] = []) async throws -> ByteStream {
        var query = Query("images", "get")
        for name in names { query.add("names", name) }
        for platform in platforms { query.addPlatform(platform) }
        return ByteStream(body: try await send("GET", query).body)
    }

    /// `GET /images/{name}/history`
    public func imageHistory(_ name: String, platform: OCIPlatform? = nil) async throws -> [ImageHistoryItem] {
        var query = Query("images", name, "history")
        query.addPlatform(platform)
        return try await fetch([ImageHistoryItem].self, "GET", query)
    }

    /// `GET /images/search`
    public func searchImages(_ options: ImageSearchOptions) async throws -> [ImageSearchResult] {
        var query = Query("images", "search")
        query.add("term", options.term)
        if options.limit != 0 { query.add("limit", String(options.limit)) }
        query.addNonEmpty("filters", options.filters.parameter)
        return try await decode([ImageSearchResult].self, try await send("GET", query, auth: options.auth))
    }

    /// `POST /images/prune`
    public func pruneImages(_ filters: Filters) async throws -> ImagePruneResponse {
        var query = Query("images", "prune")
        query.addNonEmpty("filters", filters.parameter)
        return try await fetch(ImagePruneResponse.self, "POST", query, .bytes([]))
    }

    /// `POST /auth`: asks the registry whether it takes these credentials.
    public func login(_ auth: AuthConfig) async throws -> AuthResponse {
        try await fetch(AuthResponse.self, "POST", Query("auth"), .bytes(JSON.encode(auth)))
    }
}

extension Query {
    /// A platform in the JSON form that every parameter but pull's takes.
    fileprivate mutating func addPlatform(_ platform: OCIPlatform?, as name: String = "platform") {
        if let platform { add(name, String(decoding: JSON.encode(platform), as: UTF8.self)) }
    }
}
