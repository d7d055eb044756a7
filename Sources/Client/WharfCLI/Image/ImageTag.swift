// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf tag`.

import WharfClient

/// Gives an image another name.
enum ImageTag {
    static let command = Command(
        name: "tag", usage: "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
        summary: "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE", aliases: ["wharf image tag", "wharf tag"], operands: .exactly(2)
    ) { call in
        let target: ImageName
        do { target = try ImageName(call.operands[1]) } catch {
            throw ExitError("Error parsing reference: \(quoted(call.operands[1])) is not a valid repository/tag: \(error)")
        }
        guard target.digest.isEmpty else { throw ExitError("refusing to create a tag with a digest reference") }
        try await call.client.tagImage(call.operands[0], repository: target.repository, tag: target.version)
        return 0
    }
}
