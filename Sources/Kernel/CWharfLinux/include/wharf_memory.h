// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The allocator and the stack: calls that glibc's Swift module leaves out.
#pragma once

#include <elf.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

static inline void wharf_grow_heap_by(int bytes) { mallopt(M_TOP_PAD, bytes); }
static inline void wharf_release_free_memory(void) { malloc_trim(0); }

// Drops the pages of the program's executable segments, which nobody ever writes to. A segment that can be written, or that
// was while the program was loaded, would lose what was written.
static inline void wharf_release_program_text(void) {
    const Elf64_Phdr *header = (const Elf64_Phdr *)getauxval(AT_PHDR);
    unsigned long count = getauxval(AT_PHNUM);
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), base = 0;
    if (header == 0) return;
    for (unsigned long i = 0; i < count; i++)
        if (header[i].p_type == PT_PHDR) base = (uintptr_t)header - header[i].p_vaddr;
    for (unsigned long i = 0; i < count; i++) {
        if (header[i].p_type != PT_LOAD || !(header[i].p_flags & PF_X) || (header[i].p_flags & PF_W)) continue;
        uintptr_t start = (base + header[i].p_vaddr) & ~(page - 1);
        uintptr_t end = (base + header[i].p_vaddr + header[i].p_memsz) & ~(page - 1);
        madvise((void *)start, end - start, MADV_DONTNEED);
    }
}

// Drops the pages of the main thread's stack below this frame: deep calls of the past touched them. A kilobyte below it
// stays untouched, for the red zone and the call itself. It ends at the first page that is not mapped, and far above the gap
// that the kernel keeps below a main stack; on another thread's stack it would run into whatever lies below.
static inline void wharf_release_free_stack(void) {
    char here;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t at = (((uintptr_t)&here - 1024) & ~(page - 1)) - page;
    for (int count = 0; count < 64 && madvise((void *)at, page, MADV_DONTNEED) == 0; count++) at -= page;
}
