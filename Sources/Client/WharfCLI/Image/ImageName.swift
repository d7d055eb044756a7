// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Image names as the client needs them: to split a tag off, and to say which image was not found. The daemon has the
// last word on what a valid name is.

/// `repository[:tag][@digest]`
struct ImageName: Sendable, Equatable {
    /// In its familiar form, without `docker.io/` and `library/`.
    let repository: String
    let tag: String
    let digest: String

    /// Throws `invalid reference format`.
    init(_ text: String) throws {
        let halves = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        var name = halves[0]
        digest = halves.count == 2 ? halves[1] : ""
        let slash = name.lastIndex(of: "/") ?? name.startIndex
        if let colon = name[slash...].lastIndex(of: ":") {
            tag = String(name[name.index(after: colon)...])
            name = String(name[..<colon])
            guard !tag.isEmpty, tag.utf8.count <= 128, tag.utf8.allSatisfy(Self.isTagByte) else {
                throw ExitError("invalid reference format")
            }
        } else {
            tag = ""
        }
        for prefix in ["docker.io/library/", "index.docker.io/library/", "docker.io/", "index.docker.io/"] where name.hasPrefix(prefix) {
            name = String(name.dropFirst(prefix.count))
            break
        }
        repository = name
        try check(halves.count == 2)
    }

    private func check(_ hasDigest: Bool) throws {
        guard !repository.isEmpty, repository.utf8.allSatisfy({ Self.isTagByte($0) || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: ":") }),
            !repository.hasSuffix("/"), !repository.hasPrefix("/"), !repository.hasPrefix("-"), !repository.hasPrefix("."),
            !hasDigest || digest.contains(":")
        else { throw ExitError("invalid reference format") }
        // A registry's host may have capitals, the rest of a name may not.
        let parts = repository.split(separator: "/", omittingEmptySubsequences: false)
        let hasHost = parts.count > 1 && (parts[0].contains(".") || parts[0].contains(":") || parts[0] == "localhost")
        let path = hasHost ? parts.dropFirst().joined(separator: "/") : repository
        guard !path.contains(":") else { throw ExitError("invalid reference format") }
        guard !path.utf8.contains(where: { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") }) else {
            let full = parts.count == 1 ? "library/\(repository)" : path
            throw ExitError("invalid reference format: repository name (\(full)) must be lowercase")
        }
    }

    private static func isTagByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// With `:latest` when it has neither a tag nor a digest.
    var familiar: String {
        var text = repository
        if !tag.isEmpty { text += ":\(tag)" }
        if !digest.isEmpty { text += "@\(digest)" }
        return tag.isEmpty && digest.isEmpty ? text + ":latest" : text
    }

    /// The same name with `latest` where it has neither tag nor digest.
    var tagged: ImageName { tag.isEmpty && digest.isEmpty ? ImageName(repository: repository, tag: "latest", digest: "") : self }

    private init(repository: String, tag: String, digest: String) {
        self.repository = repository
        self.tag = tag
        self.digest = digest
    }

    /// What a pull asks for: the digest, else the tag.
    var version: String { digest.isEmpty ? (tag.isEmpty ? "latest" : tag) : digest }
}
