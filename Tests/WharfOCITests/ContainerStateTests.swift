// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The state document as hooks and callers of a runtime read it.

import Testing
import WharfJSON
import WharfOCI

@Suite("Container state")
struct ContainerStateTests {
    @Test("the document carries what the specification asks for, in its words")
    func document() throws {
        let state = ContainerState(id: "c1", status: .creating, pid: 7, bundle: "/b", annotations: ["a": "b"])
        #expect(
            String(decoding: JSON.encode(state), as: UTF8.self)
                == #"{"ociVersion":"1.2.0","id":"c1","status":"creating","pid":7,"bundle":"/b","annotations":{"a":"b"}}"#)
        #expect(try JSON.decode(ContainerState.self, from: JSON.encode(state)) == state)
    }

    @Test("a stopped container has no pid")
    func stopped() throws {
        let text = String(decoding: JSON.encode(ContainerState(id: "c1", status: .stopped, bundle: "/b")), as: UTF8.self)
        #expect(text == #"{"ociVersion":"1.2.0","id":"c1","status":"stopped","bundle":"/b"}"#)
    }
}
