// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Starting a program from a threaded process. A fork-style clone would copy the daemon's page tables (40 us for each MB of
// heap) and run its child in a copy of a heap that other threads had locked; so the child borrows the parent's memory until
// it execs, and runs only the C of wharf_spawn.c meanwhile.
#pragma once

#include <stddef.h>
#include <sys/types.h>

/// What a spawn takes. Everything is prepared by the parent: the child allocates nothing.
struct wharf_spawn_request {
    int program;            ///< an open descriptor of the executable, run by execveat
    const int *fds;         ///< fds[i] becomes descriptor i of the program; -1 leaves i closed
    size_t fd_count;        ///< length of `fds`
    char *const *argv;      ///< null-terminated
    char *const *envp;      ///< null-terminated
};

/// Spawns with clone(CLONE_VM | CLONE_VFORK | CLONE_PIDFD) on a stack of its own; returns when the program runs or failed.
///
/// Signals are reset to their defaults and unblocked, a new session is started, every descriptor from fd_count up is closed.
/// Returns the pid and stores the pidfd, or -1 with errno of the call that failed (in the child: dup2 or execveat), whose
/// name is in *step.
pid_t wharf_spawn(const struct wharf_spawn_request *request, int *pidfd, const char **step);

/// Names the calling thread (at most 15 bytes), as /proc/PID/task/TID/comm shows it.
void wharf_name_thread(const char *name);
