// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Which bind sources lie in another container's mount namespace.

import Testing

@testable import WharfRuntime

@Suite struct ForeignMountTests {
    @Test func aPlaceBelowTheRootOfAProcess() {
        let foreign = ForeignMount(source: "/proc/77/root/dev/shm")
        #expect(foreign?.process == 77)
        #expect(foreign.map { String(decoding: $0.path, as: UTF8.self) } == "dev/shm")
    }

    @Test(arguments: [
        "/proc/self/root/dev/shm", "/proc/77/cwd/dev/shm", "/proc/77/root", "/proc/-1/root/x", "/proc/0/root/x", "proc/77/root/x",
        "/dev/shm", "",
        "/x/77/root/y",
    ])
    func anythingElseIsThisHosts(source: String) { #expect(ForeignMount(source: source) == nil) }
}
