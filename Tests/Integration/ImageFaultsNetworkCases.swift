// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The table of the network's faults: what pull and push make of each misbehaviour of a registry.

import WharfOCI
import WharfTestKit

/// One misbehaviour met by one verb.
struct NetworkFault: Sendable, CustomStringConvertible {
    enum Verb: String, Sendable, CaseIterable { case pull, push }

    /// What must come of it.
    enum Outcome: Sendable, Equatable {
        /// The verb fails, and its message has one of these words, besides the registry and the repository.
        case fails([String])
        /// The verb works in spite of it.
        case works
        /// It would take for ever; the user gives up.
        case cancelled
    }

    let verb: Verb
    let fault: RegistryFault
    let outcome: Outcome
    /// How often the registry does it.
    var times = Int.max
    /// Tokens are asked for.
    var needsToken = false
    /// Only of interest once some of a blob is on this side, or on the other: first resets leave a part of it.
    var needsPart = false
    /// Takes longer than the fast part may.
    var isSlow = false

    var description: String { "\(verb) \(fault)\(times == .max ? "" : " x\(times)")" }

    /// A word for names: `push-resetat-1000-x3`.
    var word: String {
        let text = description.lowercased().map { $0.isLetter || $0.isNumber ? String($0) : "-" }.joined()
        return text.split(separator: "-").joined(separator: "-")
    }

    static let pulls: [NetworkFault] = [
        .init(verb: .pull, fault: .resetAt(1000), outcome: .fails(["reset", "closed", "broke", "EOF"])),
        .init(verb: .pull, fault: .resetAt(100_000), outcome: .works, times: 1),
        .init(verb: .pull, fault: .stallAt(1000), outcome: .fails(["timeout", "no byte", "nothing", "stalled"]), isSlow: true),
        .init(verb: .pull, fault: .trickle, outcome: .cancelled),
        .init(verb: .pull, fault: .trickle, outcome: .fails(["nothing came"]), isSlow: true),
        .init(verb: .pull, fault: .wrongLength, outcome: .fails(["length", "bytes", "size"])),
        .init(verb: .pull, fault: .wrongDigest, outcome: .fails(["digest", "verification"])),
        .init(verb: .pull, fault: .wrongSize, outcome: .fails(["bytes", "size", "length"])),
        // The document says itself what it is.
        .init(verb: .pull, fault: .wrongContentType, outcome: .works),
        .init(verb: .pull, fault: .tooManyRequests(retryAfter: 0), outcome: .fails(["toomanyrequests", "pull rate limit"])),
        .init(verb: .pull, fault: .tooManyRequests(retryAfter: 1), outcome: .works, times: 1),
        .init(verb: .pull, fault: .serverError, outcome: .fails(["500"])),
        .init(verb: .pull, fault: .serverError, outcome: .works, times: 1),
        .init(verb: .pull, fault: .redirectLoop, outcome: .fails(["redirect"])),
        .init(verb: .pull, fault: .redirectToFile, outcome: .fails(["redirect", "file"])),
        .init(verb: .pull, fault: .redirectElsewhere, outcome: .works, needsToken: true),
        .init(verb: .pull, fault: .badTLS, outcome: .fails(["certificate"])),
        .init(verb: .pull, fault: .tokenExpires, outcome: .works, times: 1, needsToken: true),
        .init(verb: .pull, fault: .rangeIgnored, outcome: .works, needsPart: true),
        .init(verb: .pull, fault: .rangeWrong, outcome: .works, needsPart: true),
        .init(verb: .pull, fault: .contentEncoding, outcome: .fails(["encod", "gzip"])),
        .init(verb: .pull, fault: .hugeHeaders, outcome: .fails(["header"])),
        .init(verb: .pull, fault: .endlessManifest, outcome: .fails(["bytes", "too large", "larger", "size"])),
        .init(verb: .pull, fault: .manifestAndIndex, outcome: .fails(["digest", "manifests", "index"])),
        .init(verb: .pull, fault: .truncatedManifest, outcome: .fails(["digest", "JSON", "end"])),
        .init(verb: .pull, fault: .digestLie, outcome: .fails(["digest"])),
        .init(
            verb: .pull, fault: .unauthorizedForever, outcome: .fails(["denied", "unauthorized", "authentication required"]),
            needsToken: true),
        .init(verb: .pull, fault: .tokenGarbage, outcome: .fails(["token"]), needsToken: true),
    ]

    static let pushes: [NetworkFault] = [
        .init(verb: .push, fault: .resetAt(1000), outcome: .fails(["reset", "closed", "broke", "EOF"])),
        .init(verb: .push, fault: .resetAt(100_000), outcome: .works, times: 1),
        .init(verb: .push, fault: .stallAt(1000), outcome: .fails(["timeout", "no byte", "nothing", "stalled"]), isSlow: true),
        .init(verb: .push, fault: .tooManyRequests(retryAfter: 0), outcome: .fails(["toomanyrequests", "rate limit"])),
        .init(verb: .push, fault: .tooManyRequests(retryAfter: 1), outcome: .works, times: 1),
        .init(verb: .push, fault: .serverError, outcome: .fails(["500"])),
        .init(verb: .push, fault: .serverError, outcome: .works, times: 1),
        .init(verb: .push, fault: .badTLS, outcome: .fails(["certificate"])),
        .init(verb: .push, fault: .tokenExpires, outcome: .works, times: 1, needsToken: true),
        .init(verb: .push, fault: .hugeHeaders, outcome: .fails(["header"])),
        .init(verb: .push, fault: .digestLie, outcome: .fails(["digest"])),
        .init(verb: .push, fault: .uploadElsewhere, outcome: .works, needsToken: true),
        .init(verb: .push, fault: .uploadOffsetLie, outcome: .fails(["the registry says it has", "416 Requested Range"]), needsPart: true),
        .init(verb: .push, fault: .closeAfterUpload, outcome: .works, times: 1),
        .init(
            verb: .push, fault: .unauthorizedForever, outcome: .fails(["denied", "unauthorized", "authentication required"]),
            needsToken: true),
        .init(verb: .push, fault: .tokenGarbage, outcome: .fails(["token"]), needsToken: true),
    ]

    static func cases(_ verb: Verb) -> [NetworkFault] { FaultLane.pick(verb == .pull ? pulls : pushes) { !$0.isSlow } }
}

/// An image of a fault's own, so that no two share a download.
struct NetworkImage: Sendable {
    let layers: [[UInt8]]
    let config: [UInt8]
    let manifest: [UInt8]

    init(seed: UInt64) {
        var word = UstarWriter()
        word.directory("etc")
        word.file("etc/word", Array("\(seed)\n".utf8))
        layers = [LayoutFolder.noise("noise", count: 250_000, seed: seed), word.finish()]
        let diffIDs = layers.map { "\"\(FakeRegistry.digest($0))\"" }.joined(separator: ",")
        config = Array(
            #"{"architecture":"\#(BusyboxImage.architecture)","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[\#(diffIDs)]}}"#
                .utf8)
        func descriptor(_ type: String, _ bytes: [UInt8]) -> String {
            #"{"mediaType":"\#(type)","digest":"\#(FakeRegistry.digest(bytes))","size":\#(bytes.count)}"#
        }
        let blobs = layers.map { descriptor(MediaType.ociLayer, $0) }.joined(separator: ",")
        manifest = Array(
            #"{"schemaVersion":2,"mediaType":"\#(MediaType.ociManifest)","config":\#(descriptor(MediaType.ociConfig, config)),"layers":[\#(blobs)]}"#
                .utf8)
    }

    /// Puts it into a registry.
    func publish(_ registry: FakeRegistry, _ repository: String) {
        for blob in layers + [config] { registry.addBlob(blob, to: repository) }
        registry.addManifest(manifest, to: repository, tag: "1")
    }

    /// The image as what `load` takes.
    func archive(_ name: String) -> [UInt8] {
        var tar = UstarWriter()
        tar.file("oci-layout", Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))
        let digest = FakeRegistry.digest(manifest)
        tar.file(
            "index.json",
            Array(
                #"{"schemaVersion":2,"manifests":[{"mediaType":"\#(MediaType.ociManifest)","digest":"\#(digest)","size":\#(manifest.count),"annotations":{"org.opencontainers.image.ref.name":"\#(name)"}}]}"#
                    .utf8))
        for blob in layers + [config, manifest] { tar.file("blobs/sha256/\(BusyboxImage.digest(blob))", blob) }
        return tar.finish()
    }
}
