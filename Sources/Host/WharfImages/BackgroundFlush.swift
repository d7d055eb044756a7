// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A flush that nobody waits for: what it has brought to the disk the one before the rows (`ImageJob.commit`), which counts,
// need not write any more. Without it the disk would idle while layers are unpacked, and the processor while they are flushed.

import Synchronization
import WharfBlocking
import WharfLinux
import WharfSnapshots

/// At most one flush at a time, on a thread that ends with it.
final class BackgroundFlush: Sendable {
    private let isRunning = Atomic(false)

    /// Begins to flush, unless that is under way: then what is new waits for the next one.
    func start(_ snapshots: any Snapshotter) {
        guard !isRunning.exchange(true, ordering: .acquiringAndReleasing) else { return }
        do throws(SyscallError) {
            try WorkerThread.start("wharf-flush") { [self] in
                try? snapshots.synchronize()  // the flush that counts meets the same error
                isRunning.store(false, ordering: .releasing)
            }
        } catch {
            // No thread to be had: the flush at the end does it all.
            isRunning.store(false, ordering: .releasing)
        }
    }
}
