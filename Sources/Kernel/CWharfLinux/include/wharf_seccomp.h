// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Loading a system call filter. glibc has no wrapper for seccomp(2).
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

// `instructions` points to `count` struct sock_filter. Answers 0, or a listener with SECCOMP_FILTER_FLAG_NEW_LISTENER.
static inline int wharf_seccomp_set_filter(unsigned int flags, const void *instructions, unsigned short count) {
    struct sock_fprog program = {.len = count, .filter = (struct sock_filter *)instructions};
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}
