// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One exit as it stands in the database: under the container's id and the moment at which it ended. It outlives the
// container for a day, so that it can still be said why something went.

import WharfDockerAPI
import WharfJSON
import WharfMetadata

/// A row of kind `exit`.
struct ExitRow: MetadataRecord {
    static let kind = "exit"
    static let schemaVersion = 1
    /// How many exits of one container are kept.
    static let keptPerContainer = 10
    /// How long those of removed containers are.
    static let keptAfterRemoval = Duration.seconds(86400)

    /// `<container>.<nanoseconds since 1970>`: sorted, a container's exits stand in their order.
    let id: String
    var explanation: ContainerExitExplanation
    var name: String { "" }

    init(_ explanation: ContainerExitExplanation) {
        let time = String(explanation.finishedAt.unixNanoseconds)
        id = "\(explanation.containerID).\(String(repeating: "0", count: max(0, 19 - time.utf8.count)))\(time)"
        self.explanation = explanation
    }

    func write(to json: inout JSONWriter) { explanation.write(to: &json) }

    init(from decoder: any Decoder) throws { self.init(try ContainerExitExplanation(from: decoder)) }
}
