// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `POST /images/create?fromSrc=x`: a root file system's tar becomes an image.

public import WharfDockerAPI
import WharfError
import WharfImages
import WharfOCI

/// What `docker import` says beside the archive.
public struct ImageImportRequest: Sendable, Equatable {
    /// `-`: the archive is the body; else its URL.
    public var source = "-"
    /// Repository; empty for an image without a name.
    public var repository = ""
    /// `latest` when empty.
    public var tag = ""
    /// Dockerfile instructions, one or more in each.
    public var changes: [String] = []
    public var message = ""
    /// `linux/arm64`; empty is the host's.
    public var platform = ""

    public init() {}
}

extension Images {
    /// Makes an image of a root file system's tar.
    ///
    /// - Throws: `invalidArgument` for the archive, a change, the name or the URL. Only of a URL something was written then.
    public func importTar<Body: AsyncSequence & Sendable>(
        _ body: Body, _ request: ImageImportRequest, write: @escaping @Sendable (ProgressMessage) async throws -> Void
    ) async throws where Body.Element == [UInt8] {
        let options = ImageImportOptions(
            reference: try Reference.named(request.repository, tag: request.tag), changes: ChangeList.split(request.changes),
            message: request.message, source: request.source, platform: try Platform.written(request.platform))
        let image: LoadedImage
        if request.source == "-" {
            image = try await store.importTar(body, options: options)
        } else {
            let remote = try await openURL(request.source)
            try await write(ProgressMessage(status: "Downloading from \(request.source)"))
            image = try await imported(remote, options)
        }
        await publish([
            .image("import", id: image.id.description, name: image.references.first?.familiar ?? image.id.description)
        ])
        try await write(ProgressMessage(status: image.id.description))
    }

    /// Opens the existential: the store wants to know the body's type.
    private func imported(
        _ body: some AsyncSequence<[UInt8], any Error> & Sendable, _ options: ImageImportOptions
    ) async throws
        -> LoadedImage
    { try await store.importTar(body, options: options) }
}
