// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// wharf-init: process 1 of a container that was made with --init. It starts the container's program, hands every signal on
// to it, reaps what nobody waits for, and ends with the program's exit code. A file of its own, mounted read-only into
// containers, so that what a container can reach there is neither the shim nor the runtime.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/// A line on standard error; there is nobody else to tell.
static void complain(const char *what, const char *which, int error) {
    dprintf(2, "wharf-init: %s%s%s: %s\n", what, *which ? " " : "", which, strerror(error));
}

/// The program's own process: its group in front of the terminal, the signals as they were.
static void become(char **arguments, const sigset_t *signals) {
    // A session leader's child may give the terminal to its own group; without a terminal there is nothing to give.
    if (setpgid(0, 0) == 0 && isatty(0)) {
        signal(SIGTTOU, SIG_IGN);
        if (tcsetpgrp(0, getpgrp()) < 0 && errno != ENOTTY && errno != ENXIO) complain("tcsetpgrp", "", errno);
        signal(SIGTTOU, SIG_DFL);
    }
    sigprocmask(SIG_SETMASK, signals, NULL);
    execvp(arguments[0], arguments);
    int error = errno;
    complain("exec", arguments[0], error);
    _exit(error == ENOENT || error == ENOTDIR ? 127 : 126);
}

/// Waits for everything that has ended. Answers the program's exit code once it has, -1 before.
static int reap(pid_t program) {
    int code = -1;
    for (;;) {
        int status;
        pid_t ended = waitpid(-1, &status, WNOHANG);
        if (ended <= 0) return code;
        if (ended != program) continue;
        code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
}

int main(int count, char **arguments) {
    int first = count > 1 && strcmp(arguments[1], "--") == 0 ? 2 : 1;
    if (count <= first) {
        dprintf(2, "usage: wharf-init [--] PROGRAM [ARGUMENT...]\n");
        return 2;
    }
    // All that can be handed on; faults of this program itself stay what they are.
    sigset_t handled, before;
    sigfillset(&handled);
    const int faults[] = {SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGABRT, SIGTRAP, SIGSYS, SIGTTIN, SIGTTOU};
    for (unsigned i = 0; i < sizeof faults / sizeof *faults; i++) sigdelset(&handled, faults[i]);
    sigprocmask(SIG_SETMASK, &handled, &before);
    signal(SIGTTIN, SIG_IGN);
    signal(SIGTTOU, SIG_IGN);

    pid_t program = fork();
    if (program < 0) {
        complain("fork", "", errno);
        return 1;
    }
    if (program == 0) {
        signal(SIGTTIN, SIG_DFL);
        signal(SIGTTOU, SIG_DFL);
        become(arguments + first, &before);
    }
    for (;;) {
        siginfo_t news;
        if (sigwaitinfo(&handled, &news) < 0) continue;
        if (news.si_signo != SIGCHLD) {
            kill(program, news.si_signo);
            continue;
        }
        int code = reap(program);
        if (code >= 0) return code;
    }
}
