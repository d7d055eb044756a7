// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the allocator keeps for later belongs to the kernel again: for programs of which many idle copies run.

import CWharfLinux

/// Gives the allocator's free pages back to the kernel. Costs about a system call per free region.
public func releaseFreeMemory() {
    wharf_release_free_memory()
}
