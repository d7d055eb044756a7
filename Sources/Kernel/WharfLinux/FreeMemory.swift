// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a process keeps for later belongs to the kernel again: for programs of which many idle copies run. And the other
// way round: for programs that end before they would need it.

import CWharfLinux

/// Gives the allocator's free pages back to the kernel. Costs about a system call per free region.
public func releaseFreeMemory() {
    wharf_release_free_memory()
}

/// Lets go of the program's own code: the kernel keeps it in its cache and maps it again, page by page, where it is used.
/// A program that has started and now waits needs little of what it needed to start.
public func releaseProgramText() {
    wharf_release_program_text()
}

/// Gives the pages of the stack back that only deeper calls of the past used. For a single-threaded program's own thread
/// alone: the stack of another thread has no gap below it that would end this.
public func releaseFreeStack() {
    wharf_release_free_stack()
}

/// Lets the heap grow in steps of this many bytes, which a program that soon ends need not ask for again and again.
public func growHeap(by bytes: Int32) {
    wharf_grow_heap_by(bytes)
}
