// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Which images `GET /images/json` shows: Docker's filters over the store's images.

import WharfDockerAPI
import WharfError
import WharfImages
import WharfJSON
import WharfOCI

/// The filters of a list, read and checked.
struct ImageSelection: Sendable {
    /// The filters that Docker knows for images.
    static let filters: Set<String> = ["dangling", "label", "label!", "before", "since", "reference", "until"]

    private let filters: Filters
    private let dangling: Bool?
    private let before: Timestamp?
    private let since: Timestamp?

    init(_ filters: Filters, _ store: ImageStore, now: Timestamp = .now()) throws(WharfError) {
        try filters.validate(accepting: Self.filters)
        self.filters = filters
        dangling = filters.contains("dangling") ? try filters.bool("dangling", default: false) : nil
        // Several values mean all of them, so the narrowest counts.
        var limits: [Timestamp] = []
        for name in filters.values("before") { limits.append(try store.resolve(name).created) }
        for text in filters.values("until") { limits.append(try Self.time("until", text, now)) }
        before = limits.min()
        var starts: [Timestamp] = []
        for name in filters.values("since") { starts.append(try store.resolve(name).created) }
        since = starts.max()
    }

    /// The time of an `until`. - Throws: `invalidArgument`.
    static func time(_ key: String, _ text: String, _ now: Timestamp) throws(WharfError) -> Timestamp {
        guard let time = FilterTime.parse(text, now: now) else {
            throw WharfError(
                .invalidArgument, "invalid filter '\(key)=[\(text)]': failed to parse value as time or duration: \"\(text)\"")
        }
        return time
    }

    func includes(_ image: Image) -> Bool {
        if let before, image.created >= before { return false }
        if let since, image.created <= since { return false }
        guard Self.hasLabels(filters, image.labels) else { return false }
        switch dangling {
        case true?: if !image.tags.isEmpty { return false }
        case false?: if image.references.isEmpty { return false }
        case nil: break
        }
        return !filters.contains("reference") || image.references.contains(where: includes)
    }

    /// With the reference filter only the names that match are shown.
    func includes(_ reference: Reference) -> Bool {
        let patterns = filters.values("reference")
        return patterns.isEmpty
            || patterns.contains { ShellPattern.matches($0, reference.familiar) || ShellPattern.matches($0, reference.familiarName) }
    }

    /// The filters `label` and `label!`.
    static func hasLabels(_ filters: Filters, _ labels: [String: String]) -> Bool {
        filters.labelMatch("label", labels) && !(filters.contains("label!") && filters.labelMatch("label!", labels))
    }
}
