// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Makes system calls that a container must not make, with arguments that do no harm where they are allowed, and prints each
// with its errno (0 for a success). What the filter forbids is told from what the kernel forbids by running it without a
// filter and with every capability: then nearly all of them fail for their arguments.
//
//     system-calls denied | allowed

#define _GNU_SOURCE
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct call {
    const char *name;
    long number;
    long arguments[6];
};

// No valid pointer, and no NULL, which some calls take.
#define BAD 1L

#define C(name, ...) {#name, SYS_##name, {__VA_ARGS__}}
// Numbers are the same everywhere since 424.
#define N(name, number, ...) {#name, number, {__VA_ARGS__}}

static const struct call denied[] = {
    C(acct, BAD), C(add_key, BAD, BAD, BAD, 1, 0), C(bpf, 9999, BAD, 0), C(clock_settime, 0, BAD), C(delete_module, BAD, 0),
    C(fanotify_init, -1, -1), C(finit_module, -1, BAD, -1), C(get_mempolicy, BAD, BAD, 1, 0, 0), C(init_module, BAD, 0, BAD),
    C(kcmp, -1, -1, 99, 0, 0), C(kexec_load, 0, 0, 0, -1), C(keyctl, 9999), C(mbind, 1, 0, 99, 0, 0, -1),
    C(migrate_pages, -1, 0, 0, 0), C(mount, BAD, BAD, BAD, 0, 0), C(move_pages, -1, 0, 0, 0, 0, -1),
    C(open_by_handle_at, -1, BAD, 0), C(perf_event_open, BAD, 0, 0, -1, 0), C(pivot_root, BAD, BAD), C(quotactl, -1, BAD, 0, 0),
    C(reboot, 0, 0, 0, 0), C(request_key, BAD, BAD, BAD, 0), C(set_mempolicy, 99, 0, 0), C(setdomainname, BAD, 1),
    C(sethostname, BAD, 1), C(setns, -1, 0), C(settimeofday, BAD, 0), C(swapoff, BAD), C(swapon, BAD, 0), C(syslog, -1, 0, 0),
    C(umount2, BAD, 0), C(unshare, 0x10000000), C(unshare, 0x00020000), C(unshare, 0), C(userfaultfd, -1), C(vhangup, 0),
    C(personality, 0x0040000), C(personality, 0x0400000),
#ifdef __x86_64__
    C(iopl, 0), C(ioperm, 0, 0, 0), C(kexec_file_load, -1, -1, 0, BAD, -1), C(uselib, BAD), C(ustat, 0, BAD), C(sysfs, 9, 0, 0),
    C(nfsservctl, 0), C(create_module, BAD, 0), C(get_kernel_syms, BAD), C(query_module, BAD, 0, 0, 0, 0), C(getpmsg, 0), C(putpmsg, 0),
    C(afs_syscall, 0), C(tuxcall, 0), C(security, 0), C(vserver, 0), C(_sysctl, BAD),
    {"x32 mount", 0x40000000 | 165, {BAD, BAD, BAD, 0, 0}}, {"x32 unshare", 0x40000000 | 272, {0x10000000}},
    {"x32 keyctl", 0x40000000 | 250, {9999}},
#endif
    N(pidfd_getfd, 438, -1, -1, 0), N(process_madvise, 440, -1, BAD, 1, 0, -1), N(quotactl_fd, 443, -1, -1, 0, 0),
    N(set_mempolicy_home_node, 450, 1, 1, 9999, -1), N(io_uring_setup, 425, 1, BAD), N(io_uring_enter, 426, -1, 0, 0, 0, 0, 0),
    N(io_uring_register, 427, -1, 99, 0, 0), N(open_tree, 428, -1, BAD, 1), N(move_mount, 429, -1, BAD, -1, BAD, 0),
    N(fsopen, 430, BAD, 0), N(fsconfig, 431, -1, 99, 0, 0, 0), N(fsmount, 432, -1, 0, 0), N(fspick, 433, -1, BAD, 0),
    N(mount_setattr, 442, -1, BAD, 0, BAD, 0), N(lsm_get_self_attr, 459, 0, BAD, BAD, 0), N(lsm_set_self_attr, 460, 0, BAD, 0, 0),
    N(lsm_list_modules, 461, BAD, BAD, -1), N(open_tree_attr, 467, -1, BAD, 1, 0, 0),
    // AF_ALG and AF_VSOCK.
    {"socket alg", SYS_socket, {38, 5, 0}}, {"socket vsock", SYS_socket, {40, 1, 0}},
    {"clone newns", SYS_clone, {CLONE_NEWNS | SIGCHLD}}, {"clone newcgroup", SYS_clone, {CLONE_NEWCGROUP | SIGCHLD}},
    {"clone newuts", SYS_clone, {CLONE_NEWUTS | SIGCHLD}}, {"clone newipc", SYS_clone, {CLONE_NEWIPC | SIGCHLD}},
    {"clone newuser", SYS_clone, {CLONE_NEWUSER | SIGCHLD}}, {"clone newpid", SYS_clone, {CLONE_NEWPID | SIGCHLD}},
    {"clone newnet", SYS_clone, {CLONE_NEWNET | SIGCHLD}},
    // Forbidden with ENOSYS, so that the C library falls back to clone, and a program to what is older.
    N(clone3, 435, BAD, 64), {"unknown 600", 600, {0}}, {"unknown 9999", 9999, {0}},
};

static const struct call allowed[] = {
    C(getpid, 0), C(ptrace, 9999, 0, 0, 0), C(process_vm_readv, -1, 0, 0, 0, 0, 1), C(name_to_handle_at, -1, BAD, BAD, BAD, 0),
    C(personality, 0xffffffff), {"socket unix", SYS_socket, {1, 1, 0}}, {"clone", SYS_clone, {SIGCHLD}},
    N(openat2, 437, -1, BAD, BAD, 24), N(landlock_create_ruleset, 444, 0, 0, 1), N(futex_wait, 455, BAD, 0, 0, 0, 0, 0),
    N(cachestat, 451, -1, BAD, BAD, 0), N(fchmodat2, 452, -1, BAD, 0, 0), N(statmount, 457, BAD, BAD, 0, 0),
    N(listmount, 458, BAD, BAD, 0, 0), N(mseal, 462, 1, 0, 0), N(setxattrat, 463, -1, BAD, 0, BAD, BAD, 0),
    N(getxattrat, 464, -1, BAD, 0, BAD, BAD, 0), N(listxattrat, 465, -1, BAD, 0, BAD, 0), N(removexattrat, 466, -1, BAD, 0, BAD),
#ifdef __x86_64__
    // The kernel answers SIGILL to whoever is not its own trampoline.
    {"uretprobe", 335, {0}},
#endif
};

static volatile sig_atomic_t signalled;

static void note(int number) {
    signalled = number;
    dprintf(1, "signal %d\n", number);
    _exit(0);
}

/// In a child: what is allowed must not change the next call's process.
static void try(const struct call *call) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        printf("%s: ", call->name);
        fflush(stdout);
        signal(SIGILL, note);
        const long *a = call->arguments;
        pid_t self = getpid();
        long answer = syscall(call->number, a[0], a[1], a[2], a[3], a[4], a[5]);
        int error = answer < 0 ? errno : 0;
        // The child of a clone that was allowed.
        if (answer == 0 && call->number == SYS_clone && getpid() != self) _exit(0);
        printf("%d\n", error);
        fflush(stdout);
        while (wait(NULL) > 0) {}
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

int main(int count, char **arguments) {
    int is_denied = count > 1 && strcmp(arguments[1], "denied") == 0;
    const struct call *calls = is_denied ? denied : allowed;
    size_t length = is_denied ? sizeof denied / sizeof *denied : sizeof allowed / sizeof *allowed;
    for (size_t i = 0; i < length; i++) try(&calls[i]);
    return 0;
}
