// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `/images`, on their way in and out: pull, push, import, load, save. What is refused before anything was told is a status.
// A client that leaves cancels what works for it alone (pull, push, save); what changes something goes on (load, import).

import WharfDockerAPI
import WharfEngine
import WharfError
import WharfHTTP
import WharfJSON

/// Images that travel.
struct ImageTransferRoutes: Sendable {
    let images: any ImageTransferBackend

    var routes: [DockerAPI.Route] {
        [
            .init("POST", "/images/load", load),
            .init("POST", "/images/create", create),
            .init("GET", "/images/get", save),
            .init("GET", "/images/{name...}/get", save),
            .init("POST", "/images/{name...}/push", push),
        ]
    }

    /// Pull or import, as the parameters say.
    @Sendable private func create(_ request: APIRequest) async throws -> HTTPResponse {
        request.text("fromImage").isEmpty ? try importing(request) : try pull(request)
    }

    private func pull(_ request: APIRequest) throws -> HTTPResponse {
        let options = ImagePullOptions(
            name: request.text("fromImage"), tag: request.text("tag"),
            platform: request.version < APIVersion(1, 32) ? "" : request.text("platform"), auth: try request.auth())
        return .progress(request, whenGone: .cancels) { write in try await images.pull(options, write: write) }
    }

    private func importing(_ request: APIRequest) throws -> HTTPResponse {
        guard !request.text("fromSrc").isEmpty else {
            throw WharfError(.invalidArgument, "neither fromImage nor fromSrc says what to create an image of")
        }
        var archive = ImageImportRequest()
        archive.source = request.text("fromSrc")
        archive.repository = request.text("repo")
        archive.tag = request.text("tag")
        archive.changes = request.texts("changes")
        archive.message = request.text("message")
        archive.platform = request.version < APIVersion(1, 32) ? "" : request.text("platform")
        return .progress(request, whenGone: .isIgnored) { [archive] write in
            try await images.importTar(request.http.body, archive, write: write)
        }
    }

    @Sendable private func push(_ request: APIRequest) async throws -> HTTPResponse {
        let options = ImagePushOptions(
            tag: request.text("tag"), platform: try request.platform(since: APIVersion(1, 46)), auth: try request.auth())
        let name = request.path("name")
        return .progress(request, whenGone: .cancels) { write in try await images.push(name, options, write: write) }
    }

    /// As in Docker the head goes out at once, and everything behind it is told in the stream.
    @Sendable private func load(_ request: APIRequest) async throws -> HTTPResponse {
        let (version, quiet, platforms) = (request.version, request.flag("quiet"), try loadPlatforms(request))
        return .messages(whenGone: .isIgnored) { send in
            do {
                try await images.load(request.http.body, quiet: quiet, platforms: platforms) { try await send($0.shaped(for: version)) }
            } catch {
                try await send(ProgressMessage(failure: WharfError.from(error).message))
            }
        }
    }

    /// Since 1.48 the platform is a JSON object; clients that send the text `linux/arm64` are understood too.
    private func loadPlatforms(_ request: APIRequest) throws(WharfError) -> [OCIPlatform] {
        var platforms: [OCIPlatform] = []
        for text in request.texts("platform") where !text.isEmpty {
            if let platform = try text.utf8.first == UInt8(ascii: "{") ? OCIPlatform.parameter(text) : OCIPlatform.written(text) {
                platforms.append(platform)
            }
        }
        return platforms
    }

    @Sendable private func save(_ request: APIRequest) async throws -> HTTPResponse {
        let name = request.path("name")
        let names = name.isEmpty ? request.texts("names") : [name]
        guard !names.isEmpty else { throw WharfError(.invalidArgument, "no image to save was named") }
        var platforms: [OCIPlatform] = []
        if request.version >= APIVersion(1, 48) {
            for text in request.texts("platform") {
                if let platform = try OCIPlatform.parameter(text) { platforms.append(platform) }
            }
        }
        return HTTPResponse(
            200, headers: ["Content-Type": "application/x-tar"],
            content: .lateStream(whenGone: .cancels, refuse: { .failure(.from($0)) }) { [platforms] writer in
                try await images.save(names, platforms: platforms) { try await writer.write($0) }
            })
    }
}
