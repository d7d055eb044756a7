// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The allocator: one call that glibc's Swift module leaves out.
#pragma once

#include <malloc.h>

static inline void wharf_release_free_memory(void) { malloc_trim(0); }
