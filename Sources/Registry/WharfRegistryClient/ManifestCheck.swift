// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Does a manifest agree with what was said about it? Digest, size and type by header, by descriptor and by the document itself:
// where two of them differ, one of them is an attack or an accident.

internal import WharfHTTP
internal import WharfOutbound
internal import WharfJSON
internal import WharfOCI

/// A fetched document with the answer that it came in.
struct ManifestCheck {
    let bytes: [UInt8]
    let reply: RegistryReply
    let repository: Reference

    /// The longest manifest, as registries have it: 4 MiB.
    static let limit = Manifest.limits.bytes

    /// What we take, best first.
    static let accepted = [
        MediaType.ociIndex, MediaType.dockerManifestList, MediaType.ociManifest, MediaType.dockerManifest,
        // Asked for so that an old image is named for what it is, instead of being "not found".
        MediaType.dockerManifestV1Signed + ";q=0.1", MediaType.dockerManifestV1 + ";q=0.1",
    ].joined(separator: ", ")

    /// The media type of an answer, without parameters.
    static func mediaType(of headers: HTTPHeaders) -> String {
        let text = headers["Content-Type"] ?? ""
        return String(Substring(text.utf8.prefix { $0 != UInt8(ascii: ";") && $0 != 0x20 }))
    }

    /// The document's descriptor, when nothing contradicts what was asked for.
    func descriptor(digest: Digest?, size: Int64?, type: String?) throws(RegistryProblem) -> ContentDescriptor {
        // Before its digest, which is that of a part of it: the document is signed inside.
        let header = Self.mediaType(of: reply.headers)
        if header == MediaType.dockerManifestV1 || header == MediaType.dockerManifestV1Signed { throw isTooOld }
        let told = reply.headers["Docker-Content-Digest"].flatMap { Digest($0) }
        let actual = try verified(digest, told)
        if let size, size != Int64(bytes.count) {
            throw lie("the manifest \(actual) has \(bytes.count) bytes where its descriptor says \(size)")
        }
        let found = try mediaType()
        if let type, !type.isEmpty, type != found, MediaType.isManifest(type) || MediaType.isIndex(type) {
            throw lie("the manifest \(actual) is of type \(found) where its descriptor says \(type)")
        }
        return ContentDescriptor(mediaType: found, digest: actual, size: Int64(bytes.count))
    }

    private func verified(_ wanted: Digest?, _ told: Digest?) throws(RegistryProblem) -> Digest {
        if let wanted {
            guard ContentHash.matches(bytes, wanted) else { throw lie("manifest verification failed for digest \(wanted)") }
            return wanted
        }
        if let told, !ContentHash.matches(bytes, told) { throw lie("manifest verification failed for digest \(told)") }
        guard let digest = told ?? ContentHash.of(bytes, .sha256) else { throw lie("the manifest has no digest") }
        return digest
    }

    /// What came before schema 2 is not read any more; in Docker's words.
    private var isTooOld: RegistryProblem {
        RegistryProblem(
            .setting,
            "Docker Image Format v1 and Docker Image manifest version 2, schema 1 support has been removed: suggest the author of "
                + "\(repository.name) to upgrade the image to the OCI Format or Docker Image manifest v2, schema 2")
    }

    /// The type that header and document agree on.
    private func mediaType() throws(RegistryProblem) -> String {
        let header = Self.mediaType(of: reply.headers)
        let document: JSONValue
        do {
            document = try JSON.parse(bytes, limits: Manifest.limits)
        } catch {
            throw lie("the manifest is malformed: \(error)")
        }
        guard document.object != nil else { throw lie("the manifest is not an object") }
        if document["schemaVersion"]?.int == 1 || document["fsLayers"] != nil { throw isTooOld }
        if document["manifests"] != nil, document["layers"] != nil || document["config"] != nil {
            throw lie("the document is both a manifest and an index")
        }
        let inside = document["mediaType"]?.string ?? ""
        let shape = document["manifests"] != nil ? MediaType.ociIndex : MediaType.ociManifest
        let isKnown = MediaType.isManifest(header) || MediaType.isIndex(header)
        if isKnown, !inside.isEmpty, inside != header { throw lie("the manifest calls itself \(inside), the registry calls it \(header)") }
        let type = isKnown ? header : inside.isEmpty ? shape : inside
        guard MediaType.isIndex(type) == (document["manifests"] != nil) else {
            throw lie("the document is no \(MediaType.isIndex(type) ? "index" : "manifest"), as its type \(type) says")
        }
        guard MediaType.isIndex(type) || MediaType.isManifest(type) else {
            throw RegistryProblem(.setting, "unsupported media type \(type) of the manifest")
        }
        return type
    }

    private func lie(_ text: String) -> RegistryProblem { RegistryProblem(.lie, "\(reply.what): \(text)") }
}

extension RegistryReply {
    /// Bytes are named by their digest: an encoding around them would make others of them.
    func refuseEncoding() throws(RegistryProblem) {
        for value in headers.all("Content-Encoding") where !value.utf8.isEmpty && value.lowercased() != "identity" {
            throw RegistryProblem(
                .lie, "\(what): the registry sends the content encoded (\(value.prefix(32))) though identity was asked for")
        }
    }
}
