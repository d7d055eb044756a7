// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The files of a snapshot that is no more. Where the kernel gives blocks back by threads of its own, as ext4 with `discard`
// does, each unlink waits for them, milliseconds on a busy machine: a few threads that wait side by side remove a layer of
// 20,000 files many times faster than one.

import Synchronization
import WharfLinux

/// What is left of a snapshot. Removing it may take long, so it is a step of its own; what is not removed is handed out again
/// at the next start.
public struct SnapshotRemains: Sendable {
    let folder: HostPath

    /// Beside the caller's own.
    private static let threads = 3

    public func remove() throws(SnapshotError) {
        removeBranches()
        try system { () throws(SyscallError) in try folder.removeTree() }
    }

    /// Empties the directories of the first two levels, several at once. What fails here is met again by the walk over the
    /// whole, which tells of it.
    private func removeBranches() {
        guard let top = try? (folder / "fs").openDirectory() else { return }
        let branches = Branches(Self.branches(top))
        guard branches.paths.count > 1 else { return }
        let work = { @Sendable in
            while let path = branches.take() {
                // What fails here is met again by the walk.
                if let directory = try? Self.open(top, path) { try? removeContents(of: directory) }
            }
        }
        var threads: [JoinableThread] = []
        for _ in 0..<Self.threads {
            // Fewer threads take longer, that is all.
            if let thread = try? JoinableThread("wharf-clean", work) { threads.append(thread) }
        }
        work()
        for thread in threads { thread.join() }
    }

    /// Directories that have nothing below each other: those of the second level, and of the first without such.
    private static func branches(_ top: Descriptor) -> [[UInt8]] {
        var result: [[UInt8]] = []
        for name in directories(top) {
            let below = (try? open(top, name)).map(directories) ?? []  // what can't be read is left to the walk
            result += below.isEmpty ? [name] : below.map { name + [UInt8(ascii: "/")] + $0 }
        }
        return result
    }

    private static func directories(_ directory: Descriptor) -> [[UInt8]] {
        // As above.
        ((try? directory.directoryEntries()) ?? []).filter { $0.kind == .directory }.map(\.name)
    }

    private static func open(_ top: Descriptor, _ path: [UInt8]) throws(SyscallError) -> Descriptor {
        try openBelow(top, path, [.read, .directory, .noFollow], resolve: [.beneath, .noSymlinks, .noCrossing])
    }
}

/// Directories that are handed out once each.
private final class Branches: Sendable {
    let paths: [[UInt8]]
    private let next = Atomic(0)

    init(_ paths: [[UInt8]]) { self.paths = paths }

    func take() -> [UInt8]? {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        return index < paths.count ? paths[index] : nil
    }
}
