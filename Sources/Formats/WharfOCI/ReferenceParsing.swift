// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The grammar of image names over bytes, and Docker's rules for what people leave out.

extension Reference {
    /// Reads a name as Docker does (`ParseNormalizedNamed`): domain and `library/` are filled in, the tag is not.
    public static func parse(_ text: String) throws(ReferenceError) -> Reference {
        let bytes = Array(text.utf8)
        if bytes.count == Digest.Algorithm.sha256.hexLength, bytes.allSatisfy(isLowerHex) {
            throw ReferenceError(
                "invalid repository name (\(text)), cannot specify 64-byte hexadecimal strings")
        }
        let (domain, rest) = splitDomain(bytes[...])
        let end =
            rest.firstIndex { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "@") } ?? rest.endIndex
        let path = rest[..<end]
        if path.contains(where: ReferenceGrammar.isUpper) {
            throw ReferenceError(
                "invalid reference format: repository name (\(String(decoding: path, as: UTF8.self))) must be lowercase"
            )
        }
        var suffix = rest[end...]
        let digest = try cutDigest(&suffix)
        var tag: String?
        if suffix.first == UInt8(ascii: ":") {
            let word = suffix.dropFirst()
            guard ReferenceGrammar.isTag(word) else { throw .format }
            tag = String(decoding: word, as: UTF8.self)
        } else if !suffix.isEmpty {
            throw .format
        }
        guard ReferenceGrammar.isDomain(domain[...]), ReferenceGrammar.isPath(path) else {
            throw .format
        }
        guard domain.count + 1 + path.count <= nameLimit else { throw .nameTooLong }
        return Reference(
            domain: String(decoding: domain, as: UTF8.self), path: String(decoding: path, as: UTF8.self),
            tag: tag, digest: digest)
    }

    /// Docker's rule: the first component is a domain if it has a dot or colon, is `localhost` or has capitals.
    private static func splitDomain(
        _ text: ArraySlice<UInt8>
    ) -> (
        domain: [UInt8], path: ArraySlice<UInt8>
    ) {
        let official = Array(officialPrefix.utf8)
        let hub = Array(defaultDomain.utf8)
        guard let slash = text.firstIndex(of: UInt8(ascii: "/")) else {
            return (hub, official[...] + text)
        }
        let first = text[..<slash]
        let isDomain =
            first.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }
            || first.elementsEqual("localhost".utf8)
            || first.contains(where: ReferenceGrammar.isUpper)
        var domain = isDomain ? Array(first) : hub
        var path = isDomain ? text[(slash + 1)...] : text
        if domain.elementsEqual("index.docker.io".utf8) { domain = hub }
        if domain == hub, !path.contains(UInt8(ascii: "/")) { path = official[...] + path }
        return (domain, path)
    }

    private static func cutDigest(_ suffix: inout ArraySlice<UInt8>) throws(ReferenceError) -> Digest? {
        guard let at = suffix.firstIndex(of: UInt8(ascii: "@")) else { return nil }
        let text = suffix[(at + 1)...]
        suffix = suffix[..<at]
        guard let digest = Digest(bytes: text) else { throw .format }
        return digest
    }
}

/// What an image may be called by on a command line: a name, or the id.
public enum ImageName: Sendable, Hashable {
    /// A name, with the default tag where it has neither tag nor digest.
    case reference(Reference)
    /// The whole id, `sha256:` and 64 digits or the digits alone.
    case id(Digest)

    /// Reads either form (`ParseAnyReference`). A short prefix of an id reads as a reference: only a store can tell.
    public static func parse(_ text: String) throws(ReferenceError) -> ImageName {
        if let digest = Digest(text) { return .id(digest) }
        if let digest = Digest(.sha256, hex: Array(text.utf8)) { return .id(digest) }
        return .reference(try Reference.parse(text).withDefaultTag)
    }
}

/// The productions of the grammar.
enum ReferenceGrammar {
    static func isUpper(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
    }

    static func isLowerAlphanumeric(_ byte: UInt8) -> Bool {
        (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")) || isDigit(byte)
    }

    static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    static func isAlphanumeric(_ byte: UInt8) -> Bool { isLowerAlphanumeric(byte) || isUpper(byte) }

    /// `[\w][\w.-]{0,127}`
    static func isTag(_ text: ArraySlice<UInt8>) -> Bool {
        guard let first = text.first, text.count <= 128,
            isAlphanumeric(first) || first == UInt8(ascii: "_")
        else { return false }
        return text.allSatisfy {
            isAlphanumeric($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
                || $0 == UInt8(ascii: "-")
        }
    }

    /// Components of lower-case letters and digits, joined inside by `.`, `_`, `__` or any number of `-`.
    static func isPath(_ text: ArraySlice<UInt8>) -> Bool {
        text.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy(
            isPathComponent)
    }

    private static func isPathComponent(_ text: ArraySlice<UInt8>) -> Bool {
        guard let first = text.first, let last = text.last, isLowerAlphanumeric(first),
            isLowerAlphanumeric(last)
        else { return false }
        var index = text.startIndex
        while index < text.endIndex {
            if isLowerAlphanumeric(text[index]) {
                index += 1
                continue
            }
            let start = index
            while index < text.endIndex, text[index] == text[start] { index += 1 }
            let length = index - start
            switch text[start] {
            case UInt8(ascii: "."): guard length == 1 else { return false }
            case UInt8(ascii: "_"): guard length <= 2 else { return false }
            case UInt8(ascii: "-"): break
            default: return false
            }
            guard index < text.endIndex, isLowerAlphanumeric(text[index]) else { return false }
        }
        return true
    }

    /// A host name, an IPv4 address or an IPv6 address in brackets, with an optional port.
    static func isDomain(_ text: ArraySlice<UInt8>) -> Bool {
        var host = text
        if text.first == UInt8(ascii: "[") {
            guard let close = text.firstIndex(of: UInt8(ascii: "]")) else { return false }
            let address = text[(text.startIndex + 1)..<close]
            guard !address.isEmpty, address.allSatisfy(isAddressByte) else { return false }
            let port = text[(close + 1)...]
            return port.isEmpty || (port.first == UInt8(ascii: ":") && isPort(port.dropFirst()))
        }
        if let colon = text.firstIndex(of: UInt8(ascii: ":")) {
            guard isPort(text[(colon + 1)...]) else { return false }
            host = text[..<colon]
        }
        return host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy {
            label in
            guard let first = label.first, let last = label.last else { return false }
            return isAlphanumeric(first) && isAlphanumeric(last)
                && label.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
        }
    }

    private static func isPort(_ text: ArraySlice<UInt8>) -> Bool {
        !text.isEmpty && text.allSatisfy(isDigit)
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        isDigit(byte) || byte == UInt8(ascii: ":")
            || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "f"))
    }
}
