// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// From a name and a platform to one image: a name that means an index has an image for each platform that is here.

import Synchronization
public import WharfError
public import WharfOCI

extension ImageStore {
    /// Finds an image by name or id, for a platform where one is given.
    ///
    /// - Throws: as `resolve`; `notFound` with Docker's text if the image is there, but not for the platform.
    public func resolve(_ name: String, platform: Platform?) throws(WharfError) -> Image {
        let image = try resolve(name)
        guard let platform else { return image }
        if let found = variants(of: image).filter({ platform.matches($0.platform) }).min(by: { Self.rank($0, $1, platform) }) {
            return found
        }
        throw Self.lacks(platform, name)
    }

    /// All platforms that are here of what an image's name means; the image alone where that is no index.
    public func variants(of image: Image) -> [Image] {
        guard let index = image.index else { return [image] }
        return table.withLock { table in (table.indexes[index.digest]?.images ?? []).compactMap { table.image($0) } }
    }

    /// The index that a name means; nil for ids and for names of one manifest.
    func index(meantBy name: String) -> Digest? {
        guard case .reference(let reference)? = try? ImageName.parse(name) else { return nil }  // what is no name means none
        let full = reference.digest.map { reference.with(digest: $0) } ?? reference.withDefaultTag
        return table.withLock { $0.references[full.description]?.index }
    }

    /// What an index calls a manifest; nil for one that no index has.
    func manifestType(_ manifest: Digest) -> String? {
        table.withLock { table in table.indexes.values.lazy.compactMap { $0.member(manifest)?.manifest.mediaType }.first }
    }

    private static func rank(_ left: Image, _ right: Image, _ platform: Platform) -> Bool {
        (platform.rank(of: left.platform) ?? .max) < (platform.rank(of: right.platform) ?? .max)
    }

    /// Docker's words.
    static func lacks(_ platform: Platform, _ name: String) -> WharfError {
        WharfError(
            .notFound, "image with reference \(name) was found but does not provide the specified platform (\(platform.familiar))")
    }
}
