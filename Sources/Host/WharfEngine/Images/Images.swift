// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
public struct Images: Sendable {
    func count() async throws -> Int { 0 }
}
