// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// From `-f key=value` options to the filters of the API.

import WharfDockerAPI

extension Filters {
    /// Keys are lower case; white space around key and value does not count.
    init(options: [String]) {
        self.init()
        for entry in Self.entries(options) { add(entry.key, entry.value) }
    }

    /// `key=value` texts taken apart.
    static func entries(_ options: [String]) -> [(key: String, value: String)] {
        options.map { option in
            let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (trimmed(parts[0]).lowercased(), parts.count == 2 ? trimmed(parts[1]) : "")
        }
    }
}
