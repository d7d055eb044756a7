// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The ways in which a registry, or the network before it, misbehaves. Each is something that was seen in the wild or that an
// attacker would do; pull and push are tried against every one.

/// A misbehaviour of `FakeRegistry`.
public enum RegistryFault: Sendable, Hashable {
    /// The connection of a blob, down or up, is reset behind so many bytes.
    case resetAt(Int)
    /// Behind so many bytes of a blob, down or up, nothing comes any more.
    case stallAt(Int)
    /// A blob comes one byte a second.
    case trickle
    /// The header announces more bytes of a blob than come, and than it has.
    case wrongLength
    /// A blob is of the right length, but another.
    case wrongDigest
    /// A blob is longer than its descriptor says.
    case wrongSize
    /// A manifest is called text/html.
    case wrongContentType
    /// 429 with Retry-After, in seconds.
    case tooManyRequests(retryAfter: Int)
    /// 500 without an error document.
    case serverError
    /// A blob redirects to itself by way of another address.
    case redirectLoop
    /// A blob redirects to a file of the client's machine.
    case redirectToFile
    /// A blob redirects to another server, as registries before a storage do. Honest; whoever sends credentials there leaks them.
    case redirectElsewhere
    /// The certificate is for another name.
    case badTLS
    /// All tokens are void, once a blob has begun.
    case tokenExpires
    /// A Range is answered with 200 and everything.
    case rangeIgnored
    /// A Range is answered with 206 and other bytes.
    case rangeWrong
    /// A blob is sent gzip-encoded, though nobody said that this is understood.
    case contentEncoding
    /// An answer has half a megabyte of header.
    case hugeHeaders
    /// A manifest never ends.
    case endlessManifest
    /// A manifest is an index as well.
    case manifestAndIndex
    /// A manifest ends in the middle.
    case truncatedManifest
    /// The digest in the header is not that of the manifest, or of the blob that was stored.
    case digestLie
    /// An upload goes on at another server.
    case uploadElsewhere
    /// The registry claims to have more bytes of an upload than were sent.
    case uploadOffsetLie
    /// The connection closes instead of the answer to a PATCH or PUT, whose bytes were taken.
    case closeAfterUpload
    /// 401 to whatever is shown.
    case unauthorizedForever
    /// The token service answers with something that is no token.
    case tokenGarbage

    /// One of each kind, with small figures.
    public static let all: [RegistryFault] = [
        .resetAt(1000), .stallAt(1000), .trickle, .wrongLength, .wrongDigest, .wrongSize, .wrongContentType,
        .tooManyRequests(retryAfter: 0), .serverError, .redirectLoop, .redirectToFile, .redirectElsewhere, .badTLS, .tokenExpires,
        .rangeIgnored, .rangeWrong, .contentEncoding, .hugeHeaders, .endlessManifest, .manifestAndIndex, .truncatedManifest, .digestLie,
        .uploadElsewhere, .uploadOffsetLie, .closeAfterUpload, .unauthorizedForever, .tokenGarbage,
    ]
}
