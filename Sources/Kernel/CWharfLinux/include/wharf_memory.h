// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The allocator and the stack: calls that glibc's Swift module leaves out.
#pragma once

#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

static inline void wharf_release_free_memory(void) { malloc_trim(0); }

// Drops the pages of the main thread's stack below this frame: deep calls of the past touched them. Two pages stay, for the
// red zone and the call itself. It ends at the first page that is not mapped, and far above the gap that the kernel keeps
// below a main stack; on another thread's stack it would run into whatever lies below.
static inline void wharf_release_free_stack(void) {
    char here;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t at = ((uintptr_t)&here & ~(page - 1)) - 3 * page;
    for (int count = 0; count < 64 && madvise((void *)at, page, MADV_DONTNEED) == 0; count++) at -= page;
}
