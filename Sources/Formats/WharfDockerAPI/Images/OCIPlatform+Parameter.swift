// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Platforms in query parameters: since API 1.48 (push 1.46) a JSON object, before and for pull the text `linux/arm64`.

public import WharfError
import WharfJSON

extension OCIPlatform {
    /// Reads the text `os/arch[/variant]`. - Throws: `invalidArgument`.
    public static func written(_ text: String) throws(WharfError) -> OCIPlatform {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { String(Substring($0)) }
        guard (2...3).contains(parts.count), !parts.contains("") else {
            throw WharfError(.invalidArgument, "invalid platform: \"\(text)\"")
        }
        var platform = OCIPlatform()
        (platform.os, platform.architecture) = (parts[0], parts[1])
        if parts.count == 3 { platform.variant = parts[2] }
        return platform
    }

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
