// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The quick way to a sealed program (P5): a program that is linked with this entry point starts itself again from a
// read-only overlay before anything else has happened. ProgramSeal checks the result later, and takes the slow way when
// this one failed. The C library has not set itself up yet: there is no errno, no thread storage, and none of its
// functions may be called, not even memcpy. So: bare system calls and loops.

#if defined(__x86_64__)

#include <stddef.h>

enum { OPENAT = 257, CLOSE = 3, FCNTL = 72, READLINKAT = 267, FSOPEN = 430, FSCONFIG = 431, FSMOUNT = 432, OPENAT2 = 437, EXECVEAT = 322 };

/// The compiler may neither see a C library function in a loop nor guard the stack with what is not there yet.
#define BARE __attribute__((no_builtin, no_stack_protector))

static inline long call(long number, long a, long b, long c, long d, long e) {
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
    return result;
}

/// Whether `text` starts with `prefix`, or is it when `whole`.
BARE static int matches(const char *text, const char *prefix, int whole) {
    while (*prefix)
        if (*text++ != *prefix++) return 0;
    return !whole || *text == 0;
}

/// Copies `text` to `end`; answers where it ends now.
BARE static char *append(char *end, const char *text) {
    while ((*end = *text++)) end++;
    return end;
}

/// The same for decimal digits.
BARE static char *append_number(char *end, long number) {
    char digits[20];
    int count = 0;
    do digits[count++] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    while (count > 0) *end++ = digits[--count];
    *end = 0;
    return end;
}

/// A handle of the program's file on a read-only overlay of its directory that nobody else has, or a negative number.
BARE static long overlay_handle(void) {
    char path[4096];
    // AT_FDCWD is -100. O_PATH | O_DIRECTORY | O_CLOEXEC is 0x290000.
    long length = call(READLINKAT, -100, (long)"/proc/self/exe", (long)path, sizeof path - 1, 0);
    if (length <= 0 || path[0] != '/') return -1;
    path[length] = 0;
    long slash = length;
    while (path[slash] != '/') slash--;
    path[slash] = 0;
    long directory = call(OPENAT, -100, (long)(slash == 0 ? "/" : path), 0x290000, 0, 0);
    if (directory < 0) return -1;
    // Overlay wants two layers; the second is never looked at, and /dev is there on every host.
    char lower[64];
    append(append_number(append(lower, "/proc/self/fd/"), directory), ":/dev");
    long context = call(FSOPEN, (long)"overlay", 1, 0, 0, 0), mount = -1, file = -1;
    // FSCONFIG_SET_STRING is 1, FSCONFIG_CMD_CREATE is 6; MOUNT_ATTR_RDONLY, NOSUID and NODEV are 7.
    if (context >= 0 && call(FSCONFIG, context, 1, (long)"source", (long)"wharf-sealed", 0) == 0 &&
        call(FSCONFIG, context, 1, (long)"lowerdir", (long)lower, 0) == 0 && call(FSCONFIG, context, 6, 0, 0, 0) == 0)
        mount = call(FSMOUNT, context, 1, 7, 0, 0);
    // O_RDONLY | O_CLOEXEC; RESOLVE_NO_MAGICLINKS, NO_SYMLINKS and BENEATH.
    volatile unsigned long how[3];
    how[0] = 0x80000, how[1] = 0, how[2] = 0x2 | 0x4 | 0x8;
    if (mount >= 0) file = call(OPENAT2, mount, (long)(path + slash + 1), (long)how, sizeof how, 0);
    if (mount >= 0) call(CLOSE, mount, 0, 0, 0, 0);
    if (context >= 0) call(CLOSE, context, 0, 0, 0, 0);
    call(CLOSE, directory, 0, 0, 0, 0);
    return file;
}

/// `stack` is what the kernel left: argc, argv, NULL, envp, NULL, the auxiliary vector.
__attribute__((used)) BARE void wharf_seal_start(long *stack) {
    char **arguments = (char **)(stack + 1), **environment = arguments + stack[0] + 1;
    int makes_process = 0, is_told = 0;
    // The commands that make a process.
    for (long i = 1; i < stack[0]; i++)
        makes_process |= matches(arguments[i], "run", 1) || matches(arguments[i], "create", 1) || matches(arguments[i], "exec", 1);
    if (!makes_process) return;
    long count = 0;
    for (; environment[count]; count++) {
        if (matches(environment[count], "WHARF_PROGRAM_IS_SEALED=", 0)) return;
        is_told |= matches(environment[count], "SWIFT_BACKTRACE=", 0);
    }
    // Started from a descriptor (AT_EXECFN is 31): sealed already, or ProgramSeal will say that it is not.
    for (long *entry = (long *)(environment + count + 1); entry[0]; entry += 2)
        if (entry[0] == 31 && matches((const char *)entry[1], "/dev/fd/", 0)) return;
    if (count > 4096) return;
    // One more word for Swift's runtime, which would look in nine places for a program that prints traces.
    char *longer[count + 2];
    for (long i = 0; i < count; i++) longer[i] = environment[i];
    longer[count] = is_told ? NULL : (char *)"SWIFT_BACKTRACE=enable=no,swift-backtrace=/dev/null";
    longer[count + 1] = NULL;
    long file = overlay_handle();
    if (file < 0) return;
    // F_DUPFD_CLOEXEC is 1030: the number must not be in the way of descriptors that the caller counts from 3.
    long high = call(FCNTL, file, 1030, 256, 0, 0);
    // AT_EMPTY_PATH.
    if (high >= 0) call(EXECVEAT, high, (long)"", (long)arguments, (long)longer, 0x1000);
    if (high >= 0) call(CLOSE, high, 0, 0, 0, 0);
    call(CLOSE, file, 0, 0, 0, 0);
}

/// The entry point of a program that seals itself; goes on to the C library's.
__attribute__((naked, used, noreturn)) void wharf_seal_entry(void) {
    __asm__ volatile(
        "mov %rsp, %rdi\n"
        // What the dynamic linker left for the C library; twice, to keep the stack aligned.
        "push %rdx\n"
        "push %rdx\n"
        "call wharf_seal_start\n"
        "pop %rdx\n"
        "pop %rdx\n"
        "xor %ebp, %ebp\n"
        "jmp _start\n");
}

#endif
