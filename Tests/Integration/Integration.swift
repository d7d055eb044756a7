// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The tests that use real containers. One suite holds them all, so that they run one after the other: each has a daemon,
// and the machine has two cores. A suite gets one daemon for all its tests by `.daemon`; a test that kills or restarts
// one makes its own.

import Testing
import WharfTestKit

/// The parent of every suite here.
@Suite("Integration", .serialized)
struct Integration {}

/// Gives a suite one daemon with the image `busybox:latest`, and skips it where containers can't be made.
struct DaemonTrait: SuiteTrait, TestScoping {
    @TaskLocal static var current: DaemonFixture?

    func provideScope(for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void) async throws {
        try await DaemonFixture.with { daemon in
            try await daemon.load()
            try await DaemonTrait.$current.withValue(daemon) { try await function() }
        }
    }
}

extension Trait where Self == DaemonTrait {
    /// One daemon for the suite.
    static var daemon: DaemonTrait { DaemonTrait() }
}

extension Trait where Self == ConditionTrait {
    /// Skips where containers can't be made, and says why.
    static var containers: ConditionTrait {
        .enabled(if: Programs.canRunContainers, "needs root and both builds (scripts/build debug static)")
    }
}

/// The suite's daemon.
func theDaemon() throws -> DaemonFixture {
    guard let daemon = DaemonTrait.current else { throw TestFailure("this suite has no .daemon trait") }
    return daemon
}
