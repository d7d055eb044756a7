// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `save`: one tar that is an OCI layout and a `docker save` archive. Blobs leave as they are stored, so digests survive; the
// same images always give the same bytes.
//
//   blobs/sha256/<hex>   layers, configuration and manifest of each image, each once
//   index.json           the manifests, with their names
//   manifest.json        the same for Docker: config, names, layers
//   oci-layout

import Synchronization
import WharfArchive
import WharfBlocking
import WharfContent
import WharfError
import WharfJSON
import WharfLinux
public import WharfOCI

extension ImageStore {
    /// Writes images as one tar that is a `docker save` archive and an OCI layout.
    ///
    /// - Parameters:
    ///   - names: images by name or id. A name without tag and digest stands for all tags of its repository.
    ///   - platform: what all of them must be for.
    /// - Returns: the bytes; what goes wrong while they are written comes out of the sequence.
    /// - Throws: `notFound` for a name, before the first byte.
    public func save(_ names: [String], platform: Platform? = nil) async throws -> SaveStream {
        var images: [SavedImage] = []
        for name in names {
            for (image, reference) in try selection(name) {
                if let platform, platform.rank(of: image.platform) == nil {
                    throw WharfError(
                        .notFound,
                        "image with reference \(name) was found but does not provide the specified platform (\(platform.familiar))")
                }
                let place = images.firstIndex { $0.id == image.id }
                if let place {
                    if let reference, !images[place].references.contains(reference) { images[place].references.append(reference) }
                } else {
                    images.append(SavedImage(id: image.id, references: reference.map { [$0] } ?? []))
                }
            }
        }
        let selected = images
        return SaveStream { [self] bridge in
            do throws(SyscallError) {
                try WorkerThread.start("wharf-save") { [self] in
                    do {
                        try converting("save") { try write(selected, to: bridge) }
                        bridge.finish()
                    } catch {
                        bridge.finish(throwing: error)
                    }
                }
            } catch {
                bridge.finish(throwing: WharfError(.unavailable, "no thread for save", error))
            }
        }
    }

    /// The images that a name on save's command line means, with the tag it is saved under.
    private func selection(_ name: String) throws(WharfError) -> [(Image, Reference?)] {
        if let reference = try? Reference.parse(name), reference.isNameOnly {  // not every id is a name
            let tags = table.withLock { table in
                table.references.values.filter { $0.reference.name == reference.name && $0.reference.tag != nil }
                    .compactMap { record in table.image(record.image).map { ($0, record.reference) } }
            }
            if !tags.isEmpty {
                return tags.sorted { $0.1.description.utf8.lexicographicallyPrecedes($1.1.description.utf8) }.map { ($0.0, $0.1) }
            }
        }
        let image = try resolve(name)
        guard case .reference(let reference)? = try? ImageName.parse(name), reference.digest == nil,  // an id has no tag
            image.references.contains(reference)
        else { return [(image, nil)] }
        return [(image, reference)]
    }

    /// The blocking part.
    private func write(_ images: [SavedImage], to bridge: ByteBridge) throws {
        var contents: [ImageContents] = []
        defer { for image in contents { image.release() } }
        for image in images { contents.append(try ImageContents.collect(image.id, in: self)) }
        let writer = SaveWriter(BridgeSink(bridge), content)
        try writer.write(zip(contents, images).map { ($0, $1.references) })
    }
}

/// An image that is to be saved, with the tags that were asked for.
private struct SavedImage: Sendable {
    let id: Digest
    var references: [Reference]
}

/// A bridge as the end of a tar writer.
final class BridgeSink: ByteSink {
    private let bridge: ByteBridge
    private var pending: [UInt8] = []

    private static let chunk = 256 << 10

    init(_ bridge: ByteBridge) {
        self.bridge = bridge
        pending.reserveCapacity(Self.chunk)
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        pending.append(contentsOf: bytes)
        if pending.count >= Self.chunk { try flush() }
    }

    /// Sends what was collected.
    func flush() throws(ArchiveError) {
        guard !pending.isEmpty else { return }
        let chunk = pending
        pending = []
        pending.reserveCapacity(Self.chunk)
        do { try bridge.write(chunk) } catch { throw .stream(error) }
    }
}
