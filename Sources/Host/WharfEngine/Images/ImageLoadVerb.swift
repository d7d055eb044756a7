// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `POST /images/load`: an archive in, Docker's progress messages out.

public import WharfDockerAPI
import WharfError
import WharfImages
import WharfOCI

extension Images {
    /// Loads an archive of `docker save` or an OCI layout.
    ///
    /// - Parameters:
    ///   - quiet: only the last words.
    ///   - platforms: of several manifests those to take; empty: all.
    ///   - write: gets Docker's messages in their order, at the client's pace.
    /// - Throws: `invalidArgument` for what is wrong with the archive; nothing of it is kept then.
    public func load<Body: AsyncSequence & Sendable>(
        _ body: Body, quiet: Bool = false, platforms: [OCIPlatform] = [], write: @escaping @Sendable (ProgressMessage) async throws -> Void
    ) async throws where Body.Element == [UInt8] {
        let platforms = platforms.map { Platform($0) }
        let loaded = try await ProgressQueue.following(write) { [store] tell in
            try await store.load(body, platforms: platforms) { progress in
                if let message = ProgressMessage(progress, quiet: quiet) { tell(message) }
            }
        }
        await publish(
            loaded.map { image in
                .image(
                    "load", id: image.id.description, name: image.references.first?.familiar ?? image.id.description,
                    labels: labels(of: image.id))
            })
    }
}

extension ProgressMessage {
    /// Docker's words; nil for what `quiet` leaves out.
    init?(_ progress: ImageProgress, quiet: Bool) {
        self.init()
        switch progress {
        case .layer(let layer, let current, let total):
            if quiet { return nil }
            self.init(layer: layer, "Loading layer", detail: ProgressDetail(current: current, total: total))
        case .renamed(let reference, let old):
            stream = "The image \(reference.familiar) already exists, renaming the old one with ID \(old) to empty string\n"
        case .loaded(let image):
            stream =
                image.references.isEmpty
                ? "Loaded image ID: \(image.id)\n" : image.references.map { "Loaded image: \($0.familiar)\n" }.joined()
        }
    }
}
