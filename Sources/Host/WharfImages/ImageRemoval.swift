// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a removal takes with it, as Docker decides it: names, images that no name and no container keeps, indexes that lost
// their last name, layers and blobs that nobody needs. Decided and written in one go; files are the caller's.

import Synchronization
import WharfError
import WharfJSON
import WharfLinux
import WharfMetadata
import WharfOCI

/// One removal, decided and written with `changes` held.
struct Removal {
    let store: ImageStore
    let image: Digest
    let force: Bool
    let running: Set<String>

    typealias Outcome = (removals: [ImageRemoval], blobs: [Digest], layers: [LayerRecord])

    func run(_ name: String) throws -> Outcome {
        let names = store.table.withLock { $0.names(of: image) }
        let isID = image.description.utf8.starts(with: name.utf8) || image.hex.utf8.starts(with: name.utf8)
        if isID, !names.contains(where: { $0.familiarName.utf8.elementsEqual(name.utf8) }) { return try removeByID(names) }
        return try removeByName(name, try Reference.parse(name), names)
    }

    /// Removes an image that no container holds, with the other platforms of its names; nil if one does.
    func runUnused() throws -> Outcome? {
        let names = store.table.withLock { $0.names(of: image) }
        let images = affected(by: names)
        guard try images.allSatisfy({ try users(of: $0).isEmpty }) else { return nil }
        return try delete(names, images)
    }

    /// Removes some platforms of a name that means several; with the last one the name goes.
    func run(_ name: String, platforms: [Platform]) throws -> Outcome {
        guard let image = store.table.withLock({ $0.image(image) }) else { throw WharfError(.notFound, "No such image: \(image)") }
        let all = store.variants(of: image)
        for platform in platforms where !all.contains(where: { platform.matches($0.platform) }) {
            throw ImageStore.lacks(platform, name)
        }
        let gone = all.filter { variant in platforms.contains { $0.matches(variant.platform) } }
        guard gone.count < all.count else { return try run(name) }
        try check(try gone.flatMap { try users(of: $0.id) })
        return try delete([], gone.map(\.id))
    }

    private func removeByName(_ text: String, _ given: Reference, _ names: [Reference]) throws -> Outcome {
        let reference = given.digest.map { given.with(digest: $0) } ?? given.withDefaultTag
        let images = affected(by: [reference])
        let users = try images.flatMap { try self.users(of: $0) }
        if !force, isSingle(names), let user = users.first {
            throw WharfError(
                .conflict,
                "conflict: unable to remove repository reference \"\(text)\" (must force) - container \(short(user)) is using its referenced image \(image.short)"
            )
        }
        var gone = [reference]
        // Digest names of the same repository go with its last tag.
        if reference.digest == nil, !names.contains(where: { $0 != reference && $0.name == reference.name && $0.tag != nil }) {
            gone += names.filter { $0 != reference && $0.name == reference.name }
        }
        // What has another name stays, and a container keeps its image, nameless, when the name was taken by force.
        let lost = Set(gone)
        let victims = try affected(by: gone).filter { image in
            guard store.table.withLock({ $0.names(of: image).allSatisfy(lost.contains) }) else { return false }
            return try self.users(of: image).isEmpty
        }
        return victims.isEmpty ? try untag(gone) : try delete(gone, victims)
    }

    private func removeByID(_ names: [Reference]) throws -> Outcome {
        // One of several platforms goes alone, and the names stay with the others.
        let isVariant = store.table.withLock { $0.image(image)?.isVariant ?? false }
        let images = isVariant ? [image] : affected(by: names)
        let users = try images.flatMap { try self.users(of: $0) }
        if let user = users.first(where: running.contains) {
            throw conflict("cannot be forced", "image is being used by running container \(short(user))")
        }
        if !force {
            if !isVariant, !isSingle(names) { throw conflict("must be forced", "image is referenced in multiple repositories") }
            if let user = users.first { throw conflict("must be forced", "image is being used by stopped container \(short(user))") }
        }
        return try delete(isVariant ? [] : names, images)
    }

    private func check(_ users: [String]) throws {
        if let user = users.first(where: running.contains) {
            throw conflict("cannot be forced", "image is being used by running container \(short(user))")
        }
        if !force, let user = users.first {
            throw conflict("must be forced", "image is being used by stopped container \(short(user))")
        }
    }

    /// The image at hand, and what names mean beside it.
    private func affected(by names: [Reference]) -> [Digest] {
        store.table.withLock { table in
            let others = names.compactMap { table.references[$0.description]?.index }.flatMap { table.indexes[$0]?.images ?? [] }
            return ([image] + others).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        }
    }

    // MARK: Rows

    private func untag(_ gone: [Reference]) throws -> Outcome {
        try Failpoint.hit("image.remove.untag")
        let dead = store.table.withLock { $0.indexes(keptOnlyBy: gone) }
        try store.metadata.write(durable: true) { transaction in
            for name in gone { try transaction.delete(ReferenceRecord.self, id: name.description) }
            for index in dead { try transaction.delete(IndexRecord.self, id: index.id) }
        }
        store.table.withLock { table in
            for name in gone { table.removeReference(name.description) }
            for index in dead { table.removeIndex(index.descriptor.digest) }
        }
        return (gone.map { .untagged($0.familiar) }, dead.flatMap(\.blobs), [])
    }

    private func delete(_ names: [Reference], _ images: [Digest]) throws -> Outcome {
        try Failpoint.hit("image.remove.record")
        let gone = Set(images)
        let (layers, blobs, dead, smaller) = store.table.withLock { table in
            let layers = table.orphanedLayers(without: gone)
            let dead = table.indexes(keptOnlyBy: names)
            let smaller = table.indexes.values.filter { index in
                !dead.contains { $0.id == index.id } && index.images.contains(where: gone.contains)
            }.map { $0.without(gone) }
            let lost = dead.flatMap(\.blobs) + smaller.flatMap { table.indexes[$0.descriptor.digest]?.blobs ?? [] }
            return (layers, images.flatMap { table.images[$0]?.blobs ?? [] } + layers.compactMap(\.blob?.digest) + lost, dead, smaller)
        }
        // A name whose own image went means another platform now.
        let moved = store.table.withLock { table in
            smaller.flatMap { index in
                table.names(ofIndex: index.descriptor.digest).compactMap { name in
                    gone.contains(name.image)
                        ? index.primary { table.images[$0]?.platform }.map {
                            ReferenceRecord(name.reference, image: $0, index: name.index, tagged: name.tagged)
                        } : nil
                }
            }
        }
        try store.metadata.write(durable: true) { transaction in
            for name in names { try transaction.delete(ReferenceRecord.self, id: name.description) }
            for name in moved { try transaction.put(name) }
            for index in dead { try transaction.delete(IndexRecord.self, id: index.id) }
            for index in smaller { try transaction.put(index) }
            for layer in layers { try transaction.delete(LayerRecord.self, id: layer.id) }
            for image in images { try transaction.delete(ImageRecord.self, id: image.description) }
        }
        store.table.withLock { table in
            for name in names { table.removeReference(name.description) }
            for name in moved { table.put(name) }
            for index in dead { table.removeIndex(index.descriptor.digest) }
            for index in smaller { table.put(index) }
            for image in images { table.removeImage(image) }
            for layer in layers { table.removeLayer(layer.chainID) }
        }
        let removals = names.map { ImageRemoval.untagged($0.familiar) } + images.map { .deleted($0) } + layers.map { .deleted($0.chainID) }
        return (removals, blobs, layers)
    }

    // MARK: Rules

    /// Ids of the containers that hold an image.
    private func users(of image: Digest) throws -> [String] {
        let marker = ImageStore.containerHolder("")
        return try store.metadata.read { try $0.holders(of: ImageStore.resource(image)) }
            .compactMap { $0.utf8.starts(with: marker.utf8) ? String($0.dropFirst(marker.count)) : nil }
    }

    /// At most one tag, and everything in one repository.
    private func isSingle(_ names: [Reference]) -> Bool {
        names.count <= 1 || (names.filter { $0.digest == nil }.count <= 1 && Set(names.map(\.name)).count == 1)
    }

    private func conflict(_ kind: String, _ reason: String) -> WharfError {
        WharfError(.conflict, "conflict: unable to delete \(image.short) (\(kind)) - \(reason)")
    }

    private func short(_ container: String) -> String { String(container.prefix(12)) }
}

extension ImageTable {
    /// The indexes that nothing means any more once some names are gone.
    fileprivate func indexes(keptOnlyBy names: [Reference]) -> [IndexRecord] {
        let gone = Set(names.map(\.description))
        return Set(names.compactMap { references[$0.description]?.index })
            .filter { self.names(ofIndex: $0).allSatisfy { gone.contains($0.id) } }.compactMap { indexes[$0] }
    }
}

extension IndexRecord {
    /// The same without some images.
    fileprivate func without(_ gone: Set<Digest>) -> IndexRecord {
        var result = self
        result.members.removeAll { member in member.image.map(gone.contains) ?? false }
        return result
    }
}
