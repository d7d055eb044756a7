// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// From `-f key=value` options to the filters of the API.

import WharfDockerAPI

extension Filters {
    /// Keys are lower case; white space around key and value does not count.
    init(options: [String]) {
        self.init()
        for option in options {
            let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            add(Self.trimmed(parts[0]).lowercased(), parts.count == 2 ? Self.trimmed(parts[1]) : "")
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        let start = text.drop(while: \.isWhitespace)
        let end = start.lastIndex { !$0.isWhitespace }.map { start.index(after: $0) } ?? start.startIndex
        return String(start[..<end])
    }
}
