// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Makes system calls that a container's filter denies, with arguments that can do nothing, and prints each one whose
// answer is not the filter's. Built by the tests into a container's root.
//
//   denied-calls ERROR...     the errors that only the filter gives
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
    const char *name;
    long number;
} calls[] = {
    {"acct", SYS_acct}, {"add_key", SYS_add_key}, {"bpf", SYS_bpf}, {"clock_settime", SYS_clock_settime},
    {"clone3", 435}, {"delete_module", SYS_delete_module}, {"fanotify_init", SYS_fanotify_init},
    {"finit_module", SYS_finit_module}, {"fsconfig", 431}, {"fsmount", 432}, {"fsopen", 430}, {"fspick", 433},
    {"get_mempolicy", SYS_get_mempolicy}, {"init_module", SYS_init_module}, {"io_uring_enter", 426},
    {"io_uring_register", 427}, {"io_uring_setup", 425}, {"kcmp", SYS_kcmp}, {"kexec_load", SYS_kexec_load},
    {"keyctl", SYS_keyctl}, {"lsm_get_self_attr", 459}, {"lsm_list_modules", 461}, {"lsm_set_self_attr", 460},
    {"mbind", SYS_mbind}, {"migrate_pages", SYS_migrate_pages}, {"mount", SYS_mount}, {"mount_setattr", 442},
    {"move_mount", 429}, {"move_pages", SYS_move_pages}, {"open_by_handle_at", SYS_open_by_handle_at},
    {"open_tree", 428}, {"perf_event_open", SYS_perf_event_open}, {"pidfd_getfd", 438}, {"pivot_root", SYS_pivot_root},
    {"process_madvise", 440}, {"quotactl", SYS_quotactl}, {"quotactl_fd", 443}, {"reboot", SYS_reboot},
    {"request_key", SYS_request_key}, {"set_mempolicy", SYS_set_mempolicy}, {"set_mempolicy_home_node", 450},
    {"setdomainname", SYS_setdomainname}, {"sethostname", SYS_sethostname}, {"setns", SYS_setns},
    {"settimeofday", SYS_settimeofday}, {"swapoff", SYS_swapoff}, {"swapon", SYS_swapon}, {"syslog", SYS_syslog},
    {"umount2", SYS_umount2}, {"unshare", SYS_unshare}, {"userfaultfd", SYS_userfaultfd}, {"vhangup", SYS_vhangup},
#ifdef __x86_64__
    {"_sysctl", SYS__sysctl}, {"create_module", SYS_create_module}, {"get_kernel_syms", SYS_get_kernel_syms},
    {"ioperm", SYS_ioperm}, {"iopl", SYS_iopl}, {"kexec_file_load", SYS_kexec_file_load},
    {"lookup_dcookie", SYS_lookup_dcookie}, {"nfsservctl", SYS_nfsservctl}, {"query_module", SYS_query_module},
    {"sysfs", SYS_sysfs}, {"uselib", SYS_uselib}, {"ustat", SYS_ustat},
#endif
};

int main(int count, char **arguments) {
    for (unsigned index = 0; index < sizeof calls / sizeof *calls; index++) {
        errno = 0;
        long result = syscall(calls[index].number, -1L, -1L, -1L, -1L, -1L, -1L);
        int filtered = 0;
        for (int argument = 1; argument < count; argument++) filtered |= result == -1 && errno == atoi(arguments[argument]);
        if (!filtered) printf("%s: %ld, error %d\n", calls[index].name, result, errno);
    }
    puts("done");
    return 0;
}
