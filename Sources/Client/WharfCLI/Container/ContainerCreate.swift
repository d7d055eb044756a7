// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf create`, and the creation that `wharf run` begins with: the request, a missing image, the file with the id.

import WharfClient
import WharfDockerAPI
import WharfLinux

/// Creates a container.
enum ContainerCreate {
    static let pull = Flag.text("pull", nil, "Pull image before creating (\"always\", \"missing\", \"never\")", default: "missing")

    static let command = Command(
        name: "create", usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]", summary: "Create a new container",
        aliases: ["wharf container create", "wharf create"], operands: .atLeast(1),
        flags: ContainerFlags.process + ContainerFlags.host + [pull], interspersed: false
    ) { call in
        let request: ContainerCreateRequest
        do {
            try checkPull(call[pull])
            request = try ContainerOptions.request(call, isDetached: false)
        } catch {
            throw call.withHelp(error)
        }
        call.console.line(try await create(request, call, pull: call[pull]))
        return 0
    }

    /// Refuses an unknown policy.
    static func checkPull(_ policy: String) throws {
        guard ["always", "missing", "never"].contains(policy) else {
            throw ExitError("invalid pull option: '\(policy)': must be one of \"always\", \"missing\" or \"never\"")
        }
    }

    /// Creates and prints warnings; the result is the id.
    static func create(_ request: ContainerCreateRequest, _ call: Invocation, pull policy: String) async throws -> String {
        let name = try ImageName(request.config.image)
        let file = try IDFile(call[ContainerFlags.cidfile])
        do {
            let response = try await create(request, name, call, policy)
            for warning in response.warnings { call.console.error("WARNING: \(warning)") }
            try file?.write(response.id)
            return response.id
        } catch {
            file?.abandon()
            throw error
        }
    }

    private static func create(
        _ request: ContainerCreateRequest, _ image: ImageName, _ call: Invocation, _ policy: String
    ) async throws -> ContainerCreateResponse {
        let platform = call[ContainerFlags.platform]
        let send = { try await call.client.createContainer(request, name: call[ContainerFlags.name], platform: platform) }
        if policy == "always" { try await pullImage(image, call, platform) }
        do {
            return try await send()
        } catch let error as DaemonError where error.isNotFound && policy == "missing" {
            if !call[ContainerFlags.quiet] { call.console.error("Unable to find image '\(image.familiar)' locally") }
            try await pullImage(image, call, platform)
            return try await send()
        }
    }

    private static func pullImage(_ image: ImageName, _ call: Invocation, _ platform: String) async throws {
        let stream = try await call.client.pullImage(
            ImagePullOptions(name: image.repository, tag: image.version, platform: platform, auth: await call.auth(for: image)))
        if call[ContainerFlags.quiet] { return try await ProgressDisplay.discard(stream) }
        try await ProgressDisplay.show(stream, console: call.console, output: .error)
    }
}

/// The file of `--cidfile`: made before the container, so that two runs can't share it.
private struct IDFile {
    private let path: HostPath
    private let descriptor: Descriptor

    /// nil without a path. Throws when the file exists.
    init?(_ path: String) throws {
        guard !path.isEmpty else { return nil }
        self.path = HostPath(path)
        do {
            descriptor = try self.path.open([.write, .create, .exclusive], permissions: 0o644)
        } catch {
            if errnoText(error.errno) == "file exists" {
                throw ExitError("container ID file found, make sure the other container isn't running or delete \(path)")
            }
            throw ExitError("failed to create the container ID file: open \(path): \(error.reason)")
        }
    }

    func write(_ id: String) throws {
        do { try descriptor.writeAll(Array(id.utf8)) } catch { throw ExitError("failed to write the container ID to the file: \(error)") }
    }

    /// Nothing was created: no file stays.
    func abandon() { try? path.unlink() }  // The error that led here is the one to tell.
}
