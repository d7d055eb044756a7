// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Processes: clone3, pidfd, namespaces, credentials, capabilities, limits. One function, one system call.
// Credentials go straight to the kernel: glibc's wrappers try to reach every thread, and ours have one.
#pragma once

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/// struct clone_args of linux/sched.h.
struct wharf_clone_args {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

/// A fork with namespaces: returns twice. Only for a single-threaded caller, because the child goes on in the
/// copied image. `flags` without CLONE_VM; with CLONE_PARENT `exit_signal` must be 0.
static inline pid_t wharf_clone3_fork(uint64_t flags, int *pidfd, int exit_signal, int cgroup) {
    struct wharf_clone_args args;
    memset(&args, 0, sizeof args);
    args.flags = flags;
    args.pidfd = (uint64_t)(uintptr_t)pidfd;
    args.exit_signal = (uint64_t)exit_signal;
    args.cgroup = cgroup < 0 ? 0 : (uint64_t)cgroup;
    return (pid_t)syscall(435, &args, sizeof args);
}

/// The same by clone(2), for a process whose filter answers ENOSYS to clone3. `flags` of the old kind only.
static inline pid_t wharf_clone_fork(uint64_t flags, int *pidfd, int exit_signal) {
    return (pid_t)syscall(SYS_clone, flags | (uint64_t)exit_signal, (void *)0, pidfd, (void *)0, 0ul);
}

/// A second descriptor of what `number` is in another process (pidfd_getfd).
static inline int wharf_pidfd_getfd(int pidfd, int number) { return (int)syscall(438, pidfd, number, 0); }

static inline int wharf_pidfd_open(pid_t pid, unsigned flags) { return (int)syscall(434, pid, flags); }
static inline int wharf_pidfd_send_signal(int pidfd, int number) {
    return (int)syscall(424, pidfd, number, (void *)0, 0);
}

/// What waitid told: `code` is CLD_EXITED, CLD_KILLED or CLD_DUMPED, `status` the exit code or the signal.
struct wharf_exit {
    pid_t pid;
    int code;
    int status;
};

/// waitid(P_PIDFD). Answers 1 with `exit` filled, 0 when WNOHANG found nothing, -1 on error.
static inline int wharf_wait_pidfd(int pidfd, int options, struct wharf_exit *exit) {
    siginfo_t info;
    memset(&info, 0, sizeof info);
    if (syscall(SYS_waitid, 3 /* P_PIDFD */, pidfd, &info, options, (void *)0) != 0) return -1;
    if (info.si_pid == 0) return 0;
    exit->pid = info.si_pid;
    exit->code = info.si_code;
    exit->status = info.si_status;
    return 1;
}

/// waitid(P_ALL): reaps any child. The same answers as `wharf_wait_pidfd`.
static inline int wharf_wait_any(int options, struct wharf_exit *exit) {
    siginfo_t info;
    memset(&info, 0, sizeof info);
    if (syscall(SYS_waitid, 0 /* P_ALL */, 0, &info, options, (void *)0) != 0) return -1;
    if (info.si_pid == 0) return 0;
    exit->pid = info.si_pid;
    exit->code = info.si_code;
    exit->status = info.si_status;
    return 1;
}

static inline int wharf_setns(int fd, int type) { return (int)syscall(SYS_setns, fd, type); }
static inline int wharf_unshare(uint64_t flags) { return (int)syscall(SYS_unshare, flags); }
static inline int wharf_sethostname(const char *name, size_t length) { return (int)syscall(SYS_sethostname, name, length); }
static inline int wharf_setdomainname(const char *name, size_t length) { return (int)syscall(SYS_setdomainname, name, length); }

static inline int wharf_setresuid(uint32_t uid) { return (int)syscall(SYS_setresuid, uid, uid, uid); }
static inline int wharf_setresgid(uint32_t gid) { return (int)syscall(SYS_setresgid, gid, gid, gid); }
static inline int wharf_setgroups(size_t count, const uint32_t *groups) { return (int)syscall(SYS_setgroups, count, groups); }

/// prctl with numbers only.
static inline int wharf_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
    return (int)syscall(SYS_prctl, option, a, b, c, d);
}

/// capset and capget of version 3: 64 bits a set.
struct wharf_capability_sets {
    uint64_t effective, permitted, inheritable;
};

static inline int wharf_capset(uint64_t effective, uint64_t permitted, uint64_t inheritable) {
    struct { uint32_t version; int pid; } header = {0x20080522, 0};
    struct { uint32_t effective, permitted, inheritable; } data[2] = {
        {(uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable},
        {(uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), (uint32_t)(inheritable >> 32)}};
    return (int)syscall(SYS_capset, &header, data);
}

static inline int wharf_capget(struct wharf_capability_sets *sets) {
    struct { uint32_t version; int pid; } header = {0x20080522, 0};
    struct { uint32_t effective, permitted, inheritable; } data[2];
    memset(data, 0, sizeof data);
    int result = (int)syscall(SYS_capget, &header, data);
    sets->effective = data[0].effective | (uint64_t)data[1].effective << 32;
    sets->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
    sets->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
    return result;
}

/// prlimit64 on a process, 0 for the calling one.
static inline int wharf_set_limit(pid_t pid, int resource, uint64_t soft, uint64_t hard) {
    uint64_t limit[2] = {soft, hard};
    return (int)syscall(SYS_prlimit64, pid, resource, limit, (void *)0);
}

/// struct sched_attr of linux/sched/types.h.
struct wharf_sched_attr {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
    uint32_t util_min, util_max;
};

/// sched_setattr on the calling thread.
static inline int wharf_sched_setattr(struct wharf_sched_attr *attributes) {
    attributes->size = sizeof *attributes;
    return (int)syscall(SYS_sched_setattr, 0, attributes, 0);
}

/// ioprio_set on the calling thread; `value` is class << 13 | priority.
static inline int wharf_ioprio_set(int value) { return (int)syscall(SYS_ioprio_set, 1 /* IOPRIO_WHO_PROCESS */, 0, value); }

/// sched_setaffinity on the calling thread; `mask` holds `size` bytes, a multiple of 8.
static inline int wharf_set_affinity(const void *mask, size_t size) {
    return (int)syscall(SYS_sched_setaffinity, 0, size, mask);
}

/// Answers the old execution domain.
static inline int wharf_personality(unsigned long domain) { return (int)syscall(SYS_personality, domain); }

static inline int wharf_get_limit(int resource, uint64_t *soft, uint64_t *hard) {
    uint64_t limit[2] = {0, 0};
    int result = (int)syscall(SYS_prlimit64, 0, resource, (void *)0, limit);
    *soft = limit[0];
    *hard = limit[1];
    return result;
}

/// A new session keyring of this name (KEYCTL_JOIN_SESSION_KEYRING).
static inline long wharf_join_session_keyring(const char *name) { return syscall(SYS_keyctl, 1, name, 0, 0, 0); }

static inline int wharf_execveat(int directory, const char *path, char *const argv[], char *const envp[], int flags) {
    return (int)syscall(SYS_execveat, directory, path, argv, envp, flags);
}

/// bpf(2); `attributes` is a union bpf_attr of `size` bytes.
static inline int wharf_bpf(int command, void *attributes, unsigned size) {
    return (int)syscall(SYS_bpf, command, attributes, size);
}

static inline int wharf_eventfd(unsigned initial, int flags) { return (int)syscall(SYS_eventfd2, initial, flags); }
static inline int wharf_inotify_add(int fd, const char *path, uint32_t mask) {
    return (int)syscall(SYS_inotify_add_watch, fd, path, mask);
}

/// Every signal gets its default action back and none stays blocked.
static inline void wharf_reset_signals(void) {
    for (int number = 1; number < 65; number++) {
        if (number != SIGKILL && number != SIGSTOP) signal(number, SIG_DFL);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}
