// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The daemon's own limits: a socket and a pidfd for each container, and one for each client.

import Glibc

/// Limits of this process.
enum ProcessLimits {
    /// Lifts the soft limit of open files to the hard one. Shims and containers inherit it, as under dockerd.
    static func raiseOpenFiles() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        // EPERM can't be: raising up to the hard limit is always allowed.
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
