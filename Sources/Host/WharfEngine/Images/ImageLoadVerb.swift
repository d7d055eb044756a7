// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `POST /images/load` and `POST /images/create?fromSrc=-`: bytes in, Docker's progress messages out.

public import WharfDockerAPI
import WharfError
import WharfImages
import WharfOCI

/// What `docker import` says beside the archive.
public struct ImageImportRequest: Sendable, Equatable {
    /// Repository; empty for an image without a name.
    public var repository = ""
    /// `latest` when empty.
    public var tag = ""
    /// Dockerfile instructions.
    public var changes: [String] = []
    public var message = ""
    /// `linux/arm64`; empty is the host's.
    public var platform = ""

    public init() {}
}

extension Images {
    /// Loads an archive of `docker save` or an OCI layout.
    ///
    /// - Parameters:
    ///   - quiet: only the last words.
    ///   - platform: of several manifests, the one to take; empty: the host's.
    ///   - write: gets Docker's messages in their order, at the client's pace.
    /// - Throws: `invalidArgument` for what is wrong with the archive; nothing of it is kept then.
    public func load<Body: AsyncSequence & Sendable>(
        _ body: Body, quiet: Bool = false, platform: String = "", write: @Sendable (ProgressMessage) async throws -> Void
    ) async throws where Body.Element == [UInt8] {
        let platform = try Self.platform(platform)
        let loaded = try await following(write, quiet: quiet) { [store] progress in
            try await store.load(body, platform: platform, progress: progress)
        }
        await publish(loaded.map { .image("load", id: $0.id.description, name: $0.references.first?.familiar ?? $0.id.description) })
    }

    /// Makes an image of a root file system's tar.
    ///
    /// - Throws: `invalidArgument` for the archive, a change, or the name.
    public func importTar<Body: AsyncSequence & Sendable>(
        _ body: Body, _ request: ImageImportRequest, write: @Sendable (ProgressMessage) async throws -> Void
    ) async throws where Body.Element == [UInt8] {
        var reference: Reference?
        if !request.repository.isEmpty {
            let text = request.tag.isEmpty ? request.repository : "\(request.repository):\(request.tag)"
            do { reference = try Reference.parse(text) } catch { throw WharfError(.invalidArgument, error.description, cause: error) }
        }
        let options = ImageImportOptions(
            reference: reference, changes: request.changes, message: request.message, platform: try Self.platform(request.platform))
        let image = try await store.importTar(body, options: options)
        await publish([.image("import", id: image.id.description, name: image.references.first?.familiar ?? image.id.description)])
        var message = ProgressMessage()
        message.status = image.id.description
        try await write(message)
    }

    static func platform(_ text: String) throws(WharfError) -> Platform? {
        if text.isEmpty { return nil }
        guard let platform = Platform(text) else { throw WharfError(.invalidArgument, "invalid platform: \"\(text)\"") }
        return platform
    }

    /// Runs a verb of the store and writes its news as they come. News come from a thread and must not wait; a client
    /// that is slow gets them later.
    private func following<Result: Sendable>(
        _ write: @Sendable (ProgressMessage) async throws -> Void, quiet: Bool,
        _ verb: @escaping @Sendable (@escaping @Sendable (ImageProgress) -> Void) async throws -> Result
    ) async throws -> Result {
        let (stream, continuation) = AsyncStream.makeStream(of: ImageProgress.self)
        async let result: Result = {
            defer { continuation.finish() }
            return try await verb { continuation.yield($0) }
        }()
        for await progress in stream {
            if let message = ProgressMessage(progress, quiet: quiet) { try await write(message) }
        }
        return try await result
    }
}

extension ProgressMessage {
    /// Docker's words; nil for what `quiet` leaves out.
    init?(_ progress: ImageProgress, quiet: Bool) {
        self.init()
        switch progress {
        case .layer(let layer, let current, let total):
            if quiet { return nil }
            id = layer
            status = "Loading layer"
            var detail = ProgressDetail()
            detail.current = current
            detail.total = total
            progressDetail = detail
        case .renamed(let reference, let old):
            stream = "The image \(reference.familiar) already exists, renaming the old one with ID \(old) to empty string\n"
        case .loaded(let image):
            stream =
                image.references.isEmpty
                ? "Loaded image ID: \(image.id)\n" : image.references.map { "Loaded image: \($0.familiar)\n" }.joined()
        }
    }
}
