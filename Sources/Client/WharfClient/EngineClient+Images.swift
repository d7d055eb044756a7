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
        query.addNonEmpty("filters", options.filters.parameter)
        return try await fetch([ImageSummary].self, "GET", query)
    }

    /// `GET /images/{name}/json` as it came.
    public func imageDocument(_ name: String, platform: String = "") async throws -> JSONValue {
        var query = Query("images", name, "json")
        query.addNonEmpty("platform", platform)
        return try await document(query)
    }

    /// `DELETE /images/{name}`
    public func removeImage(_ name: String, _ options: ImageRemoveOptions = ImageRemoveOptions()) async throws -> [ImageDeleteItem] {
        var query = Query("images", name)
        query.addFlag("force", options.force)
        query.addFlag("noprune", options.noPrune)
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
    public func loadImages(_ archive: UploadBody, quiet: Bool, platform: String = "") async throws -> ByteStream {
        var query = Query("images", "load")
        query.add("quiet", quiet ? "1" : "0")
        query.addNonEmpty("platform", platform)
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

    /// `POST /images/create?fromImage`: pulls. `tag` is a tag or a digest.
    public func pullImage(_ repository: String, tag: String, platform: String = "") async throws -> ByteStream {
        var query = Query("images", "create")
        query.add("fromImage", repository)
        query.addNonEmpty("tag", tag)
        query.addNonEmpty("platform", platform)
        return ByteStream(body: try await send("POST", query, .bytes([])).body)
    }
}
