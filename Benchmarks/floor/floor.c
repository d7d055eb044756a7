// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The floor under a container's start: what the kernel asks for Docker's default container when nothing else is done.
// The same namespaces, mounts, nodes, masks, groups, rights and filter as wharf-runtime makes from the bundle that is
// measured, but compiled in: no config.json, no state, no checks of what the root file system holds, no messages.
//
//     floor ROOTFS FILES GROUP FILTER PROGRAM [ARGUMENT…]
//
// FILES holds resolv.conf, hostname and hosts; GROUP is a name for the control groups; FILTER is struct sock_filter
// instructions. Runs PROGRAM, waits for it, removes the groups, answers its exit code.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRY(call) do { if ((long)(call) < 0) { perror(#call); _exit(125); } } while (0)

// Docker's fourteen (capability.h numbers).
static const int granted[] = {0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31};
static const char *const masked[] = {
    "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi",
    "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware", "/sys/devices/system/cpu/cpu0/thermal_throttle",
    "/sys/devices/system/cpu/cpu1/thermal_throttle"};
static const char *const readonly[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
static const char *const allowed[] = {"c *:* m", "b *:* m", "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm", "c 1:8 rwm", "c 1:9 rwm", "c 5:0 rwm",
    "c 5:1 rwm", "c 5:2 rwm", "c 136:* rwm"};

// The version 1 hierarchies of this host, and version 2's beside them.
static char hierarchies[32][64];
static int hierarchyCount;
static char *groupName;

static void find_hierarchies(void) {
    FILE *file = fopen("/proc/self/mounts", "re");
    char line[4096], device[256], place[256], type[64];
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "%255s %255s %63s", device, place, type) != 3 || strncmp(type, "cgroup", 6) != 0) continue;
        if (hierarchyCount < 32) snprintf(hierarchies[hierarchyCount++], 64, "%s", place);
    }
    if (file) fclose(file);
}

static void put(const char *folder, const char *name, const char *text) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s/%s", folder, groupName, name);
    int file = open(path, O_WRONLY | O_CLOEXEC);
    TRY(file);
    TRY(write(file, text, strlen(text)));
    close(file);
}

static void make_groups(void) {
    char path[512];
    for (int i = 0; i < hierarchyCount; i++) {
        snprintf(path, sizeof path, "%s/%s", hierarchies[i], groupName);
        TRY(mkdir(path, 0755));
        if (strcmp(strrchr(hierarchies[i], '/'), "/cpuset") == 0) {
            // A group of version 1's cpuset takes nobody before it has processors and memory.
            char text[256] = "";
            for (int k = 0; k < 2; k++) {
                const char *name = k ? "cpuset.mems" : "cpuset.cpus";
                snprintf(path, sizeof path, "%s/%s", hierarchies[i], name);
                int file = open(path, O_RDONLY | O_CLOEXEC);
                ssize_t size = read(file, text, sizeof text - 1);
                close(file);
                TRY(size);
                text[size] = 0;
                put(hierarchies[i], name, text);
            }
        }
        if (strcmp(strrchr(hierarchies[i], '/'), "/devices") == 0) {
            put(hierarchies[i], "devices.deny", "a");
            for (size_t k = 0; k < sizeof allowed / sizeof *allowed; k++) put(hierarchies[i], "devices.allow", allowed[k]);
            put(hierarchies[i], "devices.deny", "c 10:229 rwm");
        }
    }
}

static void join_groups(pid_t pid) {
    char text[16];
    snprintf(text, sizeof text, "%d", pid);
    for (int i = 0; i < hierarchyCount; i++) put(hierarchies[i], "cgroup.procs", text);
}

static void remove_groups(void) {
    char path[512];
    for (int i = 0; i < hierarchyCount; i++) {
        snprintf(path, sizeof path, "%s/%s", hierarchies[i], groupName);
        TRY(rmdir(path));
    }
}

static void bind_mount(const char *source, const char *target, unsigned long flags) {
    TRY(mount(source, target, NULL, MS_BIND | MS_REC, NULL));
    if (flags) TRY(mount(NULL, target, NULL, MS_REMOUNT | MS_BIND | flags, NULL));
}

static void make_root(const char *root, const char *files) {
    char source[512], target[512];
    TRY(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
    TRY(mount(root, root, NULL, MS_BIND | MS_REC, NULL));
    TRY(chdir(root));
    unsigned long closed = MS_NOSUID | MS_NOEXEC | MS_NODEV;
    TRY(mount("proc", "proc", "proc", closed, NULL));
    TRY(mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"));
    mkdir("dev/pts", 0755);
    TRY(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5"));
    TRY(mount("sysfs", "sys", "sysfs", closed | MS_RDONLY, NULL));
    TRY(mount("tmpfs", "sys/fs/cgroup", "tmpfs", closed, "mode=755,size=64k"));
    for (int i = 0; i < hierarchyCount; i++) {
        snprintf(source, sizeof source, "%s/%s", hierarchies[i], groupName);
        snprintf(target, sizeof target, "sys/fs/cgroup%s", strrchr(hierarchies[i], '/'));
        mkdir(target, 0755);
        bind_mount(source, target, closed | MS_RDONLY);
    }
    TRY(mount(NULL, "sys/fs/cgroup", NULL, MS_REMOUNT | MS_BIND | closed | MS_RDONLY, NULL));
    mkdir("dev/shm", 0755);
    TRY(mount("shm", "dev/shm", "tmpfs", closed, "mode=1777,size=67108864"));
    mkdir("dev/mqueue", 0755);
    TRY(mount("mqueue", "dev/mqueue", "mqueue", closed, NULL));
    static const char *const names[] = {"resolv.conf", "hostname", "hosts"};
    for (int i = 0; i < 3; i++) {
        snprintf(source, sizeof source, "%s/%s", files, names[i]);
        snprintf(target, sizeof target, "etc/%s", names[i]);
        bind_mount(source, target, 0);
    }
    umask(0);
    static const struct { const char *name; int major, minor; } nodes[] = {
        {"dev/null", 1, 3}, {"dev/zero", 1, 5}, {"dev/full", 1, 7}, {"dev/random", 1, 8}, {"dev/urandom", 1, 9}, {"dev/tty", 5, 0}};
    for (int i = 0; i < 6; i++) TRY(mknod(nodes[i].name, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)));
    static const char *const links[][2] = {{"/proc/self/fd", "dev/fd"}, {"/proc/self/fd/0", "dev/stdin"}, {"/proc/self/fd/1", "dev/stdout"},
        {"/proc/self/fd/2", "dev/stderr"}, {"pts/ptmx", "dev/ptmx"}};
    for (int i = 0; i < 5; i++) TRY(symlink(links[i][0], links[i][1]));
    TRY(syscall(SYS_pivot_root, ".", "."));
    TRY(umount2(".", MNT_DETACH));
    TRY(chdir("/"));
    for (size_t i = 0; i < sizeof masked / sizeof *masked; i++) {
        if (mount("/dev/null", masked[i], NULL, MS_BIND, NULL) == 0 || errno == ENOENT) continue;
        TRY(mount("tmpfs", masked[i], "tmpfs", closed | MS_RDONLY, "size=0,nr_inodes=1"));
    }
    for (size_t i = 0; i < sizeof readonly / sizeof *readonly; i++) {
        if (mount(readonly[i], readonly[i], NULL, MS_BIND | MS_REC, NULL) < 0) continue;
        TRY(mount(NULL, readonly[i], NULL, MS_REMOUNT | MS_BIND | closed | MS_RDONLY, NULL));
    }
}

static void give_up_rights(struct sock_fprog *filter) {
    TRY(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, filter));
    uint64_t keep = 0;
    for (size_t i = 0; i < sizeof granted / sizeof *granted; i++) keep |= 1ull << granted[i];
    for (int i = 0; i <= 40; i++)
        if (!(keep >> i & 1)) prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
    TRY(setgroups(0, NULL));
    TRY(setresgid(0, 0, 0));
    TRY(setresuid(0, 0, 0));
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2], has[2];
    TRY(syscall(SYS_capget, &header, has));
    for (int i = 0; i < 2; i++) {
        data[i].permitted = data[i].effective = (uint32_t)(keep >> (32 * i)) & has[i].permitted;
        data[i].inheritable = 0;
    }
    TRY(syscall(SYS_capset, &header, data));
}

int main(int argc, char **argv) {
    if (argc < 6) return 125;
    groupName = argv[3];
    static struct sock_filter program[4096];
    int file = open(argv[4], O_RDONLY | O_CLOEXEC);
    ssize_t size = read(file, program, sizeof program);
    TRY(size);
    close(file);
    struct sock_fprog filter = {(unsigned short)(size / 8), program};
    find_hierarchies();
    make_groups();
    int ends[2], pidfd;
    TRY(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
    struct clone_args clone = {.exit_signal = SIGCHLD, .pidfd = (uintptr_t)&pidfd,
        .flags = CLONE_PIDFD | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET};
    pid_t pid = (pid_t)syscall(SYS_clone3, &clone, sizeof clone);
    TRY(pid);
    char byte = 0;
    if (pid == 0) {
        TRY(setsid());
        TRY(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, groupName, 0, 0, 0));
        TRY(sethostname("floor", 5));
        make_root(argv[1], argv[2]);
        if (read(ends[1], &byte, 1) != 1) _exit(125);
        TRY(unshare(CLONE_NEWCGROUP));
        give_up_rights(&filter);
        umask(022);
        static char *const environment[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", NULL};
        execve(argv[5], argv + 5, environment);
        _exit(127);
    }
    join_groups(pid);
    TRY(write(ends[0], &byte, 1));
    siginfo_t info;
    TRY(waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED));
    remove_groups();
    return info.si_status;
}
