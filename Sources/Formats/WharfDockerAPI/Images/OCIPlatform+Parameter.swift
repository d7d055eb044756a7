// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Platforms in query parameters: since API 1.48 (push 1.46) a JSON object, before and for pull the text `linux/arm64`.

public import WharfError
import WharfJSON

extension OCIPlatform {
    /// Reads the JSON form of a query parameter; nil when it is empty.
    ///
    /// Throws `invalidArgument` with Docker's texts.
    public static func parameter(_ text: String) throws(WharfError) -> OCIPlatform? {
        guard !text.isEmpty else { return nil }
        let platform: OCIPlatform
        do {
            platform = try JSON.decode(OCIPlatform.self, from: Array(text.utf8), keys: .caseInsensitive)
        } catch {
            throw WharfError(.invalidArgument, "failed to parse platform: \(error)", cause: error)
        }
        guard !platform.os.isEmpty, !platform.architecture.isEmpty else {
            let hasMore = !platform.variant.isEmpty || !platform.osVersion.isEmpty || !(platform.osFeatures ?? []).isEmpty
            throw WharfError(
                .invalidArgument,
                platform.os.isEmpty && platform.architecture.isEmpty && hasMore
                    ? "optional platform fields provided, but OS and Architecture are missing"
                    : "both OS and Architecture must be provided")
        }
        return platform
    }
}
