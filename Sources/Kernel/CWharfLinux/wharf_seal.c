// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The quick way to a sealed program (P5): before Swift's runtime has set itself up, a program that asks for it starts
// itself again from a read-only overlay. ProgramSeal checks the result, and takes the slow way when this one failed.

#define _GNU_SOURCE
#include "CWharfLinux.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>

/// Defined only by a program that makes processes from its own file; where it is not, nothing happens here.
extern void wharf_program_seals_itself(void) __attribute__((weak));

/// Whether one of the words is a command that makes a process.
static int makes_process(char **arguments) {
    static const char *const verbs[] = {"run", "create", "exec"};
    for (; *arguments; arguments++)
        for (unsigned i = 0; i < sizeof verbs / sizeof *verbs; i++)
            if (strcmp(*arguments, verbs[i]) == 0) return 1;
    return 0;
}

/// A handle of the program's file on a read-only overlay of its directory that nobody else has, or -1.
static int overlay_handle(void) {
    char path[4096], lower[64];
    long length = readlinkat(AT_FDCWD, "/proc/self/exe", path, sizeof path - 1);
    if (length <= 0) return -1;
    path[length] = 0;
    char *slash = strrchr(path, '/');
    if (!slash || !slash[1]) return -1;
    *slash = 0;
    int directory = open(slash == path ? "/" : path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return -1;
    // Overlay wants two layers; the second is never looked at, and /dev is there on every host.
    snprintf(lower, sizeof lower, "/proc/self/fd/%d:/dev", directory);
    int context = wharf_fsopen("overlay", 1), mount = -1, file = -1;
    if (context >= 0 && wharf_fsconfig(context, 1, "source", "wharf-sealed", 0) == 0 &&
        wharf_fsconfig(context, 1, "lowerdir", lower, 0) == 0 && wharf_fsconfig(context, 6, NULL, NULL, 0) == 0)
        // MOUNT_ATTR_RDONLY, NOSUID, NODEV.
        mount = wharf_fsmount(context, 1, 0x7);
    // RESOLVE_NO_MAGICLINKS, NO_SYMLINKS, BENEATH.
    if (mount >= 0) file = wharf_openat2(mount, slash + 1, O_RDONLY | O_CLOEXEC, 0, 0x2 | 0x4 | 0x8);
    if (mount >= 0) close(mount);
    if (context >= 0) close(context);
    close(directory);
    return file;
}

/// The environment with a word for Swift's runtime, which would look in nine places for a program that prints traces.
static char **without_backtraces(char **environment) {
    static char setting[] = "SWIFT_BACKTRACE=enable=no,swift-backtrace=/dev/null";
    size_t count = 0;
    while (environment[count]) count++;
    char **longer = getenv("SWIFT_BACKTRACE") ? NULL : malloc((count + 2) * sizeof *longer);
    if (!longer) return environment;
    memcpy(longer, environment, count * sizeof *longer);
    longer[count] = setting;
    longer[count + 1] = NULL;
    return longer;
}

static void seal(int count, char **arguments, char **environment) {
    (void)count;
    if (!wharf_program_seals_itself || !makes_process(arguments)) return;
    // Started from a descriptor: sealed already, or ProgramSeal will say that it is not.
    const char *name = (const char *)getauxval(AT_EXECFN);
    if (!name || strncmp(name, "/dev/fd/", 8) == 0 || getenv("WHARF_PROGRAM_IS_SEALED")) return;
    int file = overlay_handle();
    if (file < 0) return;
    // Its number must not be in the way of descriptors that the caller counts from 3; the exec closes it.
    int high = fcntl(file, F_DUPFD_CLOEXEC, 256);
    if (high >= 0) wharf_execveat(high, "", arguments, without_backtraces(environment), 0x1000 /* AT_EMPTY_PATH */);
    if (high >= 0) close(high);
    close(file);
}

/// The C library calls these before the constructors of the program and its libraries.
__attribute__((section(".preinit_array"), used)) static void (*const wharf_preinit)(int, char **, char **) = seal;
