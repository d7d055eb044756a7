// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `GET /images/json`.

public import WharfDockerAPI
import WharfError
import WharfImages
import WharfJSON
import WharfOCI

extension Images {
    /// The filters that Docker knows for images.
    static let listFilters: Set<String> = ["dangling", "label", "label!", "before", "since", "reference", "until"]

    /// Images, newest first.
    ///
    /// - Throws: `invalidArgument` for a filter that is none, `notFound` for `before` and `since`.
    public func list(_ options: ImageListOptions = ImageListOptions()) async throws -> [ImageSummary] {
        let selection = try ImageSelection(options.filters, store)
        return store.list().filter(selection.includes).map { ImageSummary($0, matching: selection) }
    }
}

/// Which images a list shows.
struct ImageSelection: Sendable {
    private let filters: Filters
    private let dangling: Bool?
    private let before: Timestamp?
    private let since: Timestamp?
    private let until: Timestamp?

    init(_ filters: Filters, _ store: ImageStore) throws(WharfError) {
        try filters.validate(accepting: Images.listFilters)
        self.filters = filters
        dangling = filters.contains("dangling") ? try filters.bool("dangling", default: false) : nil
        before = try Self.created(filters.values("before").first, store)
        since = try Self.created(filters.values("since").first, store)
        if let text = filters.values("until").first {
            guard let time = Timestamp(rfc3339: text) ?? Int64(text).map({ Timestamp(seconds: $0) }) else {
                throw WharfError(.invalidArgument, "invalid filter 'until=\(text)'")
            }
            until = time
        } else {
            until = nil
        }
    }

    private static func created(_ name: String?, _ store: ImageStore) throws(WharfError) -> Timestamp? {
        guard let name else { return nil }
        return try store.resolve(name).created
    }

    func includes(_ image: Image) -> Bool {
        if let dangling, dangling != image.references.isEmpty { return false }
        if let before, image.created >= before { return false }
        if let since, image.created <= since { return false }
        if let until, image.created > until { return false }
        if !filters.labelMatch("label", image.labels) { return false }
        if filters.contains("label!"), filters.labelMatch("label!", image.labels) { return false }
        return !filters.contains("reference") || image.references.contains(where: includes)
    }

    /// With the reference filter only the names that match are shown.
    func includes(_ reference: Reference) -> Bool {
        let patterns = filters.values("reference")
        return patterns.isEmpty
            || patterns.contains { ShellPattern.matches($0, reference.familiar) || ShellPattern.matches($0, reference.familiarName) }
    }
}

extension ImageSummary {
    init(_ image: Image, matching selection: ImageSelection) {
        self.init()
        let names = image.references.filter(selection.includes)
        id = image.id.description
        created = image.created == .zero ? 0 : image.created.seconds
        labels = image.labels
        repoTags = names.filter { $0.digest == nil }.map(\.familiar)
        repoDigests = names.filter { $0.digest != nil }.map(\.familiar)
        size = image.size
    }
}

/// Go's path.Match: `*` and `?` stop at a slash, `[a-z]` is a class, a backslash quotes.
enum ShellPattern {
    static func matches(_ pattern: String, _ text: String) -> Bool {
        matches(Array(pattern.utf8)[...], Array(text.utf8)[...])
    }

    /// Goes back to the last star only, so a pattern of many stars costs no more than the product of the two lengths.
    private static func matches(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        var (rest, left) = (pattern, text)
        var star: (pattern: ArraySlice<UInt8>, text: ArraySlice<UInt8>)?
        while true {
            if rest.first == UInt8(ascii: "*") {
                rest = rest.dropFirst()
                star = (rest, left)
                continue
            }
            if let byte = left.first, let after = step(rest, byte) {
                rest = after
                left = left.dropFirst()
                continue
            }
            if rest.isEmpty, left.isEmpty { return true }
            guard let last = star, let eaten = last.text.first, eaten != UInt8(ascii: "/") else { return false }
            star = (last.pattern, last.text.dropFirst())
            (rest, left) = (last.pattern, last.text.dropFirst())
        }
    }

    /// Matches one byte; the pattern behind it, or nil.
    private static func step(_ pattern: ArraySlice<UInt8>, _ byte: UInt8) -> ArraySlice<UInt8>? {
        switch pattern.first {
        case nil: return nil
        case UInt8(ascii: "?"): return byte == UInt8(ascii: "/") ? nil : pattern.dropFirst()
        case UInt8(ascii: "["): return stepClass(pattern.dropFirst(), byte)
        case UInt8(ascii: "\\") where pattern.count > 1:
            let quoted = pattern.dropFirst()
            return quoted.first == byte ? quoted.dropFirst() : nil
        case let literal: return literal == byte ? pattern.dropFirst() : nil
        }
    }

    private static func stepClass(_ pattern: ArraySlice<UInt8>, _ byte: UInt8) -> ArraySlice<UInt8>? {
        var rest = pattern
        let negated = rest.first == UInt8(ascii: "^")
        if negated { rest = rest.dropFirst() }
        guard let end = rest.dropFirst().firstIndex(of: UInt8(ascii: "]")) else { return nil }
        var members = rest[..<end]
        var found = false
        while let low = members.popFirst() {
            if members.first == UInt8(ascii: "-"), let high = members.dropFirst().first {
                found = found || low <= byte && byte <= high
                members = members.dropFirst(2)
            } else {
                found = found || low == byte
            }
        }
        return found != negated ? rest[(end + 1)...] : nil
    }
}
