// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// none: output goes to those who are attached, and nowhere else.

import WharfError
import WharfShimProtocol

/// The driver none.
struct NoLogDriver: LogDriver {
    let name = "none"

    func validate(_ options: [String: String]) throws(WharfError) {}

    func target(_ record: ContainerRecord, _ directory: ContainerDirectory) throws(WharfError) -> LogTarget { LogTarget() }

    func files(_ record: ContainerRecord, _ directory: ContainerDirectory) -> ContainerLogFiles? { nil }
}
