// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The one error type: what it shows and what it keeps.

import Testing
import WharfError

@Suite struct WharfErrorTests {
    @Test func showsItsMessageAndKeepsItsCause() {
        struct Below: Error {}
        let error = WharfError(.notFound, "no such container: web", cause: Below(), errno: 2)
        #expect("\(error)" == "no such container: web")
        #expect(error.code == .notFound)
        #expect(error.errno == 2)
        #expect(error.cause is Below)
    }
}
