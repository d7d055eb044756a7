// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `/images`. An image's name may contain slashes: `{name...}` takes as many segments as the pattern leaves it.

import WharfDockerAPI
import WharfEngine
import WharfError
import WharfHTTP
import WharfJSON

/// Images: load, import, show, tag, remove.
struct ImageRoutes: Sendable {
    let images: any ImageBackend

    var routes: [DockerAPI.Route] {
        [
            .init("GET", "/images/json", list),
            .init("POST", "/images/load", load),
            .init("POST", "/images/create", create),
            .init("GET", "/images/{name...}/json", inspect),
            .init("GET", "/images/{name...}/history", history),
            .init("POST", "/images/{name...}/tag", tag),
            .init("DELETE", "/images/{name...}", remove),
        ]
    }

    @Sendable private func list(_ request: APIRequest) async throws -> HTTPResponse {
        var filters = try request.filters()
        // Up to 1.40 a name to filter by was a parameter of its own.
        if request.version < APIVersion(1, 41), !request.text("filter").isEmpty { filters.add("reference", request.text("filter")) }
        let options = ImageListOptions(
            all: request.flag("all"), filters: filters, sharedSize: request.flag("shared-size"), digests: request.flag("digests"))
        return .json(try await images.list(options).shaped(for: request.version))
    }

    @Sendable private func load(_ request: APIRequest) async throws -> HTTPResponse {
        let (quiet, platform) = (request.flag("quiet"), try platform(request))
        return progress { write in
            try await images.load(request.http.body, quiet: quiet, platform: platform, write: write)
        }
    }

    /// Since 1.48 the platform is a JSON object; before, and for import, the text `linux/arm64`.
    private func platform(_ request: APIRequest) throws(WharfError) -> String {
        let text = request.text("platform")
        guard text.utf8.first == UInt8(ascii: "{") else { return text }
        do {
            let platform = try JSON.decode(OCIPlatform.self, from: Array(text.utf8))
            return [platform.os, platform.architecture, platform.variant].filter { !$0.isEmpty }.joined(separator: "/")
        } catch {
            throw WharfError(.invalidArgument, "failed to parse platform: \(error)", cause: error)
        }
    }

    @Sendable private func create(_ request: APIRequest) async throws -> HTTPResponse {
        guard request.text("fromImage").isEmpty else {
            throw WharfError(
                .notImplemented,
                "can't pull \(request.text("fromImage")): this version has no registry client yet; use load or import")
        }
        guard request.text("fromSrc") == "-" else {
            throw WharfError(.notImplemented, "can't import from \"\(request.text("fromSrc"))\": send the archive as the body, fromSrc=-")
        }
        var archive = ImageImportRequest()
        archive.repository = request.text("repo")
        archive.tag = request.text("tag")
        archive.changes = request.texts("changes")
        archive.message = request.text("message")
        archive.platform = try platform(request)
        return progress { [archive] write in try await images.importTar(request.http.body, archive, write: write) }
    }

    /// Work that changes something and reports on the way: goes on when the client leaves, and tells its failure as the
    /// last message, because the head has gone out by then.
    private func progress(
        _ work: @escaping @Sendable (@escaping @Sendable (ProgressMessage) async throws -> Void) async throws -> Void
    ) -> HTTPResponse {
        .messages(whenGone: .isIgnored) { send in
            do {
                try await work { try await send($0) }
            } catch {
                var message = ProgressMessage()
                message.error = WharfError.from(error).message
                message.errorDetail = ErrorDetail(code: 0, message: message.error)
                try await send(message)
            }
        }
    }

    @Sendable private func inspect(_ request: APIRequest) async throws -> HTTPResponse {
        .json(try await images.inspect(request.path("name")).shaped(for: request.version))
    }

    @Sendable private func history(_ request: APIRequest) async throws -> HTTPResponse {
        .json(try await images.history(request.path("name")))
    }

    @Sendable private func tag(_ request: APIRequest) async throws -> HTTPResponse {
        try await images.tag(request.path("name"), repository: request.text("repo"), tag: request.text("tag"))
        return .created
    }

    @Sendable private func remove(_ request: APIRequest) async throws -> HTTPResponse {
        let options = ImageRemoveOptions(force: request.flag("force"), noPrune: request.flag("noprune"))
        return .json(try await images.remove(request.path("name"), options: options))
    }
}
