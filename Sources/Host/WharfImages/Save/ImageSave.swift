// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `save`: one tar that is an OCI layout and a `docker save` archive. Blobs leave as they are stored, so digests survive; the
// same images always give the same bytes.
//
//   blobs/sha256/<hex>   layers, configuration and manifest of each image, and indexes, each once
//   index.json           the manifests and indexes, with their names
//   manifest.json        the same for Docker: config, names, layers; of an index the image for this host
//   oci-layout
//   repositories         the top layers of names, for old readers

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
    ///   - platforms: only what is for these; empty takes all that is here.
    /// - Returns: the bytes; what goes wrong while they are written comes out of the sequence.
    /// - Throws: `notFound` for a name, before the first byte.
    public func save(_ names: [String], platforms: [Platform] = []) async throws -> SaveStream {
        var targets: [SaveTarget] = []
        for name in names {
            for (target, reference) in try selection(name, platforms) {
                if let place = targets.firstIndex(where: { $0.image == target.image && $0.index == target.index }) {
                    if let reference, !targets[place].references.contains(reference) { targets[place].references.append(reference) }
                } else {
                    targets.append(target.named(reference))
                }
            }
        }
        let selected = targets
        return SaveStream { [self] bridge in
            do throws(SyscallError) {
                try WorkerThread.start("wharf-save") { [self] in
                    do {
                        try converting("save") { try write(selected, platforms, to: bridge) }
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

    /// What a name on save's command line means, with the tag it is saved under.
    private func selection(_ name: String, _ platforms: [Platform]) throws(WharfError) -> [(SaveTarget, Reference?)] {
        if let reference = try? Reference.parse(name), reference.isNameOnly {  // not every id is a name
            let tags = table.withLock { table in
                table.references.values.filter { $0.reference.name == reference.name && $0.reference.tag != nil }
            }.sorted { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) }
            if !tags.isEmpty {
                var result: [(SaveTarget, Reference?)] = []
                for record in tags { result.append((try target(record.reference.description, record.index, platforms), record.reference)) }
                return result
            }
        }
        let target = try target(name, index(meantBy: name), platforms)
        guard case .reference(let reference)? = try? ImageName.parse(name), reference.digest == nil,  // an id has no tag
            try resolve(name).references.contains(reference.withDefaultTag)
        else { return [(target, nil)] }
        return [(target, reference.withDefaultTag)]
    }

    /// - Throws: `notFound` if nothing of it is for one of the platforms.
    private func target(_ name: String, _ index: Digest?, _ platforms: [Platform]) throws(WharfError) -> SaveTarget {
        var images: [Image] = []
        for platform in platforms { images.append(try resolve(name, platform: platform)) }
        // Docker's old list has one image for each name: this host's, where it is among them.
        if images.isEmpty { images = [try resolve(name)] }
        let first = images.min { (Platform.host.rank(of: $0.platform) ?? .max) < (Platform.host.rank(of: $1.platform) ?? .max) }
        guard let first else { throw WharfError(.notFound, "No such image: \(name)") }
        return SaveTarget(image: first.id, index: index)
    }

    /// The blocking part.
    private func write(_ targets: [SaveTarget], _ platforms: [Platform], to bridge: ByteBridge) throws {
        var images: [SavedImage] = []
        defer {
            for image in images {
                image.contents.release()
                image.index?.release()
            }
        }
        for target in targets {
            let contents = try ImageContents.collect(target.image, in: self)
            images.append(SavedImage(contents: contents, index: nil, references: target.references))
            guard let index = target.index else { continue }
            let whole = try IndexContents.collect(index, in: self)
            // Where the image is here by other bytes than the index says, it goes alone, as it is here.
            guard whole.parts.contains(where: { $0.image == target.image }) else {
                whole.release()
                continue
            }
            images[images.count - 1].index = whole
        }
        try SaveWriter(BridgeSink(bridge), content, platforms).write(images)
    }
}

/// What one name of a save means.
private struct SaveTarget: Sendable {
    /// The image that Docker's own list names.
    let image: Digest
    var index: Digest?
    var references: [Reference] = []

    func named(_ reference: Reference?) -> SaveTarget {
        SaveTarget(image: image, index: index, references: reference.map { [$0] } ?? [])
    }
}

/// An image that is to be saved, with the tags that were asked for.
struct SavedImage {
    let contents: ImageContents
    /// What the names mean, where that is an index.
    var index: IndexContents?
    let references: [Reference]
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
