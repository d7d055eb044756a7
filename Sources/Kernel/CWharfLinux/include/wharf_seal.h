// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Executables behind descriptors: how a program was started, and seals of memory files.
#pragma once

#include <elf.h>
#include <fcntl.h>
#include <sys/auxv.h>

/// The name by which the kernel started this program (AT_EXECFN): `/dev/fd/N` for one behind a descriptor.
static inline const char *wharf_program_name(void) { return (const char *)getauxval(AT_EXECFN); }

static inline int wharf_get_seals(int fd) { return fcntl(fd, 1024 + 10 /* F_GET_SEALS */); }
