// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Writes down what every thread does when the daemon stops answering, while the fault is still there.

import Logging
import ServiceLifecycle
import WharfBlocking
import WharfLinux

/// The watchdog as a service.
struct WatchdogService: Service, CustomStringConvertible {
    var description: String { "watchdog" }
    /// Where the newest report goes: `<root>/stuck.txt`.
    let root: HostPath
    let logger: Logger

    func run() async throws {
        let watchdog = Watchdog()
        let (root, logger) = (root, logger)
        try watchdog.start {
            let path = root / "stuck.txt"
            // The report must come out even when the file can't be written.
            let written = (try? path.writeAtomically(Array(ThreadReport.text().utf8), permissions: 0o600, durable: false)) != nil
            logger.critical("the daemon makes no progress", metadata: ["report": "\(written ? path.description : "not written")"])
        }
        try? await gracefulShutdown()
        watchdog.stop()
    }
}
