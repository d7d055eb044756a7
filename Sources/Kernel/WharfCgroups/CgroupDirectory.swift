// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One directory of one hierarchy and the verbs that both versions share. The paths are Wharf's own names below a mount
// point of the host, never a container's.

import Glibc
public import WharfLinux

/// A control group's directory.
public struct CgroupDirectory: Sendable {
    /// What is controlled here: version 1 names, or `unified`.
    public let controllers: [String]
    public let path: HostPath

    public init(controllers: [String], path: HostPath) {
        self.controllers = controllers
        self.path = path
    }

    /// One write to a control file.
    public func write(_ file: String, _ value: String) throws(SyscallError) {
        do {
            try (path / file).open(.write).writeOnce(value)
        } catch {
            throw SyscallError(error.call, "\(path / file)", errno: error.errno)
        }
    }

    /// A control file's text without the final newline; at most 1 MiB.
    public func read(_ file: String) throws(SyscallError) -> String {
        var bytes = try (path / file).read(limit: 1 << 20)
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A number from a file of `key number` lines; nil when the key is not there.
    public func value(_ key: String, in file: String) throws(SyscallError) -> UInt64? {
        for line in try read(file).split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2 && words[0].utf8.elementsEqual(key.utf8) { return UInt64(words[1]) }
        }
        return nil
    }

    /// Whether the kernel offers a control file here.
    public func has(_ file: String) -> Bool {
        // Any failure means that it can't be used, which is the question.
        (try? (path / file).exists()) ?? false
    }

    /// The processes here and in all sub-groups; none when the directory is gone.
    public func processes() throws(SyscallError) -> [Int32] {
        var found: [Int32] = []
        for directory in try subtree() {
            do {
                found += try CgroupDirectory(controllers: controllers, path: directory).read("cgroup.procs").split(separator: "\n")
                    .compactMap { Int32($0) }
            } catch  where error.errno == ENOENT || error.errno == ENODEV || error.errno == EOPNOTSUPP {
                // It went away meanwhile, or it is a threaded sub-group whose processes stand above.
                continue
            }
        }
        return found
    }

    /// This directory and its sub-groups, deepest last. The container may have made them, so depth and number are
    /// bounded: E2BIG.
    private func subtree() throws(SyscallError) -> [HostPath] {
        var found = [path]
        var next = 0
        while next < found.count {
            let here = found[next]
            next += 1
            do {
                for entry in try here.entries() where entry.kind == .directory { found.append(here / entry.name) }
            } catch  where error.errno == ENOENT || error.errno == ENODEV {
                continue
            }
            if found.count > 65536 { throw SyscallError("getdents64", path.description, errno: E2BIG) }
        }
        return found
    }

    /// Removes the directory with its sub-groups, tried again while a process is still leaving.
    public func remove(deadline: Duration) throws(SyscallError) {
        var pause = Duration.milliseconds(1)
        while true {
            do {
                for directory in try subtree().reversed() { try directory.rmdir() }
                return
            } catch  where error.errno == EBUSY {
                if KernelClock.monotonic() + pause > deadline { throw error }
                // The kernel sends no event when the last exiting process has left its group.
                try CgroupDirectory.pause(pause)
                pause = min(pause * 2, .milliseconds(50))
            }
        }
    }

    /// Waits without an event, for kernel states that have none.
    static func pause(_ time: Duration) throws(SyscallError) {
        let (seconds, attoseconds) = time.components
        _ = poll(nil, 0, Int32(truncatingIfNeeded: seconds * 1000 + attoseconds / 1_000_000_000_000_000))
    }

    /// Kills what is inside, one by one, until nothing is left.
    ///
    /// A process that has left the group counts as gone although it may not have ended for its parent: the first one of
    /// a pid namespace ends only when all others were reaped, perhaps by the caller, who is waiting here.
    func killEach(deadline: Duration) throws(SyscallError) {
        while true {
            var victims: [(pid: Int32, process: PidFD)] = []
            for pid in try processes() {
                // A process that went away meanwhile needs no kill.
                if let process = try? PidFD.open(pid) { victims.append((pid, process)) }
            }
            // Asked again with the pidfds held: a pid that was given to somebody else in between is not in here.
            let members = Set(try processes())
            if members.isEmpty { return }
            victims.removeAll { !members.contains($0.pid) }
            for victim in victims {
                // ESRCH: it ended by itself.
                try? victim.process.send(SIGKILL)
            }
            if KernelClock.monotonic() > deadline { throw SyscallError("kill", path.description, errno: ETIMEDOUT) }
            // An end is told at once; that a group is empty is not, on version 1.
            _ = try victims.last?.process.waitForEnd(timeout: .milliseconds(20))
        }
    }
}
