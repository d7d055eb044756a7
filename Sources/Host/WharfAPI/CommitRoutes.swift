// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `POST /commit`: an image of a container.

import WharfDockerAPI
import WharfError
import WharfHTTP

/// Containers that become images.
struct CommitRoutes: Sendable {
    let images: any CommitBackend

    var routes: [DockerAPI.Route] { [.init("POST", "/commit", commit)] }

    @Sendable private func commit(_ request: APIRequest) async throws -> HTTPResponse {
        guard !request.text("container").isEmpty else { throw WharfError(.invalidArgument, "no container to commit was named") }
        var options = ImageCommitOptions(container: request.text("container"))
        options.repository = request.text("repo")
        options.tag = request.text("tag")
        options.comment = request.text("comment")
        options.author = request.text("author")
        options.pause = request.text("pause").isEmpty || request.flag("pause")
        options.changes = request.texts("changes")
        options.config = try await request.body(ContainerConfig.self)
        return .json(try await images.commit(options), status: 201)
    }
}
