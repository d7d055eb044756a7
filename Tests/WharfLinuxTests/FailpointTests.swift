// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the environment may say about failpoints, and that a process without it passes them.

import Testing

@testable import WharfLinux

@Suite("failpoints") struct FailpointTests {
    @Test("words of the environment") func words() {
        #expect(Failpoint.parse("") == [:])
        #expect(
            Failpoint.parse("image.pull.flush=kill;image.load.record=error;a.b.c=delay:50")
                == ["image.pull.flush": .kill, "image.load.record": .error, "a.b.c": .delay(50)])
        #expect(Failpoint.parse("a;b=;c=other;d=delay:x;e=delay:-1;f=error") == ["f": .error])
    }

    @Test("an unarmed place is passed") func unarmed() throws { try Failpoint.hit("image.pull.flush") }
}
