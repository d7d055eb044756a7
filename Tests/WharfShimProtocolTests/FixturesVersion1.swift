// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Version 1 of the protocol: each message's frame, with request id 5, in hexadecimal.

enum FixturesVersion1 {
    static let frames: [String: String] = [:]
}
