// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Stopping and going on. A hybrid host does it in the version 2 hierarchy, which tells when it is done; version 1's own
// freezer has to be asked again and again.

import Glibc
import WharfLinux

extension CgroupV1 {
    func freeze(timeout: Duration) throws(SyscallError) {
        if let unified = usableUnified { return try unified.freezeUnified(timeout: timeout) }
        let freezer = try freezer()
        let deadline = KernelClock.monotonic() + timeout
        var rounds = 0
        // FREEZING until the last task has stopped; the kernel sends no event. Writing again catches a task that was
        // forked meanwhile; letting go now and then helps where tasks appear faster than they are stopped.
        while true {
            try freezer.write("freezer.state", "FROZEN")
            switch try freezer.read("freezer.state") {
            case "FROZEN": return
            case "FREEZING": break
            case let state: throw SyscallError("cgroup", "freezer.state is \(state) while freezing", errno: EPROTO)
            }
            rounds += 1
            if KernelClock.monotonic() > deadline {
                try thaw()
                throw SyscallError("freezer", freezer.path.description, errno: ETIMEDOUT)
            }
            if rounds.isMultiple(of: 50) { try thaw() }
            try CgroupDirectory.pause(.milliseconds(rounds.isMultiple(of: 50) ? 10 : 1))
        }
    }

    func thaw() throws(SyscallError) {
        let (directory, file, word) =
            if let unified = usableUnified { (unified, "cgroup.freeze", "0") } else { (try freezer(), "freezer.state", "THAWED") }
        // A group that has gone meanwhile holds nobody.
        try ignoringMissing { () throws(SyscallError) in try directory.write(file, word) }
    }

    func isFrozen() throws(SyscallError) -> Bool {
        var isFrozen = false
        try ignoringMissing { () throws(SyscallError) in
            if let unified = usableUnified, try unified.read("cgroup.freeze") == "1" {
                isFrozen = true
            } else if let freezer = directory(of: "freezer") {
                // FROZEN may also come from above; this group's own wish is what counts.
                isFrozen = try freezer.read("freezer.self_freezing") == "1"
            }
        }
        return isFrozen
    }

    private var usableUnified: CgroupDirectory? {
        guard let unified = directory(of: "unified"), unified.has("cgroup.freeze") else { return nil }
        return unified
    }

    private func freezer() throws(SyscallError) -> CgroupDirectory {
        guard let freezer = directory(of: "freezer") else {
            throw SyscallError("cgroup", "controller freezer is not available for freezer.state", errno: ENODEV)
        }
        return freezer
    }
}
