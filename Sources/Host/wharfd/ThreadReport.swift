// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What each thread of this process is doing, as the kernel sees it.

import WharfLinux

/// A report over all threads.
enum ThreadReport {
    /// One block per thread: its name, state, system call, where it waits in the kernel. Parts that can't be read are left out.
    static func text() -> String {
        let tasks = HostPath("/proc/self/task")
        let threads = ((try? tasks.entries()) ?? []).map { String(decoding: $0.name, as: UTF8.self) }
        var report = "threads: \(threads.count)\n"
        for thread in threads.sorted(by: { (Int($0) ?? 0) < (Int($1) ?? 0) }) {
            report += "\n\(thread) \(read(tasks / thread / "comm"))\n"
            let status = read(tasks / thread / "status").split(separator: "\n")
            for line in status where line.utf8.starts(with: "State:".utf8) { report += "  \(line)\n" }
            report += "  syscall: \(read(tasks / thread / "syscall"))\n  wchan: \(read(tasks / thread / "wchan"))\n"
            for line in read(tasks / thread / "stack").split(separator: "\n") { report += "    \(line)\n" }
        }
        return report
    }

    /// A thread may end while it is looked at.
    private static func read(_ path: HostPath) -> String {
        let bytes = (try? path.read(limit: 64 << 10)) ?? []
        return String(decoding: bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...], as: UTF8.self)
    }
}
