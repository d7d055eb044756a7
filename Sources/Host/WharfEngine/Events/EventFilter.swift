// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `docker events --filter`: which events a reader gets. Values of one key are alternatives, keys are joined by "and".

import WharfDockerAPI

/// The filters of an events reader. Unknown keys are ignored, as in Docker.
struct EventFilter: Sendable {
    private let filters: Filters

    init(_ filters: Filters) { self.filters = filters }

    func matches(_ event: EngineEvent) -> Bool {
        matchesAction(event)
            && filters.exactMatch("type", event.type)
            && filters.exactMatch("scope", "local")
            && (filters.values("daemon").isEmpty || event.type == "daemon")
            && matches("container", event) && matches("image", event) && matches("network", event) && matches("volume", event)
            && filters.labelMatch("label", event.attributes)
    }

    /// `exec_start` also means `exec_start: sh -c …`.
    private func matchesAction(_ event: EngineEvent) -> Bool {
        let wanted = filters.values("event")
        guard !wanted.isEmpty else { return true }
        let bare = event.action.utf8.prefix { $0 != UInt8(ascii: ":") }
        return wanted.contains { $0.utf8.elementsEqual(event.action.utf8) || $0.utf8.elementsEqual(bare) }
    }

    /// By id, its beginning, or name; the image filter also takes the image of a container.
    private func matches(_ key: String, _ event: EngineEvent) -> Bool {
        let wanted = filters.values(key)
        guard !wanted.isEmpty else { return true }
        if key == "image", event.type == "container" {
            return event.attributes["image"].map { image in wanted.contains { Self.names($0, image) } } ?? false
        }
        guard event.type == key else { return false }
        return wanted.contains { value in
            event.id.utf8.starts(with: value.utf8) && !value.isEmpty
                || event.attributes["name"].map { Self.names(value, $0) } ?? false
        }
    }

    /// `busybox` means any tag of it.
    private static func names(_ wanted: String, _ name: String) -> Bool {
        if wanted.utf8.elementsEqual(name.utf8) { return true }
        return name.utf8.starts(with: wanted.utf8) && name.utf8.dropFirst(wanted.utf8.count).first == UInt8(ascii: ":")
    }
}
