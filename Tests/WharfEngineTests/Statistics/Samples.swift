// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Samples as they come.

import Synchronization
import WharfDockerAPI

/// Keeps what a stream hands over.
final class Samples: Sendable {
    private let samples = Mutex<[ContainerStats]>([])

    var all: [ContainerStats] { samples.withLock { $0 } }

    /// - Returns: how many there are.
    @discardableResult
    func add(_ sample: ContainerStats) -> Int {
        samples.withLock {
            $0.append(sample)
            return $0.count
        }
    }
}
