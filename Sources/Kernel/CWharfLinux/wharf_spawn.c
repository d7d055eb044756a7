// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The few lines that run between the daemon's vfork-style clone and exec.
#define _GNU_SOURCE
#include "wharf_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { stack_size = 64 * 1024 };

struct child {
    const struct wharf_spawn_request *request;
    int *moved;        // scratch: fd_count numbers that lie above the table
    int program;       // the executable's descriptor, also above the table
    int error;         // errno of the call that failed, read by the parent after the child's end
    const char *step;
};

static int fail(struct child *child, const char *step) {
    child->error = errno;
    child->step = step;
    _exit(127);
}

// Runs in the child on the parent's memory: system calls only.
static int run(void *argument) {
    struct child *child = argument;
    const struct wharf_spawn_request *request = child->request;
    int base = (int)request->fd_count;

    // Handlers of the parent must not run here: back to default, ignored ones too. By the raw call, because glibc hides
    // the two signals of its own; the kernel's structure is all zeros for SIG_DFL.
    char standard[64] = {0};
    for (int number = 1; number < NSIG; number++) syscall(SYS_rt_sigaction, number, standard, NULL, 8);
    setsid();

    // First everything moves above the table, then down into place: no dup2 can hit a source that is still needed.
    child->program = fcntl(request->program, F_DUPFD_CLOEXEC, base);
    if (child->program < 0) return fail(child, "dup");
    for (int i = 0; i < base; i++) {
        child->moved[i] = request->fds[i] < 0 ? -1 : fcntl(request->fds[i], F_DUPFD_CLOEXEC, base);
        if (request->fds[i] >= 0 && child->moved[i] < 0) return fail(child, "dup");
    }
    for (int i = 0; i < base; i++) {
        if (child->moved[i] < 0) close(i);
        else if (dup2(child->moved[i], i) < 0) return fail(child, "dup2");
    }
    if (syscall(SYS_close_range, (unsigned)base, ~0U, CLOSE_RANGE_CLOEXEC) < 0) return fail(child, "close_range");

    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    syscall(SYS_execveat, child->program, "", request->argv, request->envp, AT_EMPTY_PATH);
    return fail(child, "execveat");
}

pid_t wharf_spawn(const struct wharf_spawn_request *request, int *pidfd, const char **step) {
    *step = "mmap";
    char *stack = mmap(NULL, stack_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED) return -1;
    int *moved = calloc(request->fd_count ? request->fd_count : 1, sizeof *moved);
    if (moved == NULL) {
        munmap(stack, stack_size);
        return -1;
    }
    struct child child = {.request = request, .moved = moved};
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    *step = "clone";
    // CLONE_VFORK: this thread sleeps until the child execs or ends, so the stack and `child` stay valid.
    pid_t pid = clone(run, stack + stack_size, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &child, pidfd);
    int error = errno;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    munmap(stack, stack_size);
    free(moved);
    if (pid > 0 && child.error != 0) {
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
        close(*pidfd);
        *step = child.step;
        error = child.error;
        pid = -1;
    }
    errno = error;
    return pid;
}

void wharf_name_thread(const char *name) { prctl(PR_SET_NAME, name); }
