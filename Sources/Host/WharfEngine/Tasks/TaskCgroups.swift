// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The one thing that the task side asks of cgroups: make an end of what a dead shim left. The shim itself owns limits,
// freezer and the watch for lack of memory.

/// Ends everything in a container's cgroup.
public protocol TaskCgroups: Sendable {
    /// Kills all processes below `path` (`/wharf/<id>`), waits until they are gone, removes the directories. A path that
    /// doesn't exist is fine. Blocks for at most a few seconds.
    func destroy(_ path: String) throws
}
