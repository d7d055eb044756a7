// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Descriptors that report events: epoll, signalfd, timerfd, eventfd, inotify. glibc's Swift module leaves them out.
// Flags are given here, because their enums arrive in Swift under changing types.
#pragma once

#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

struct wharf_event { uint64_t token; uint32_t events; };

enum {
    WHARF_EPOLL_IN = EPOLLIN, WHARF_EPOLL_OUT = EPOLLOUT, WHARF_EPOLL_PRI = EPOLLPRI, WHARF_EPOLL_HUP = EPOLLHUP,
    WHARF_EPOLL_RDHUP = EPOLLRDHUP, WHARF_EPOLL_ERR = EPOLLERR
};

static inline int wharf_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

static inline int wharf_epoll_add(int set, int fd, uint32_t events, uint64_t token) {
    struct epoll_event event = { .events = events, .data.u64 = token };
    return epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
}

static inline int wharf_epoll_modify(int set, int fd, uint32_t events, uint64_t token) {
    struct epoll_event event = { .events = events, .data.u64 = token };
    return epoll_ctl(set, EPOLL_CTL_MOD, fd, &event);
}

static inline int wharf_epoll_remove(int set, int fd) { return epoll_ctl(set, EPOLL_CTL_DEL, fd, NULL); }

#define WHARF_EPOLL_BATCH 32

// Fills at most WHARF_EPOLL_BATCH events.
static inline int wharf_epoll_wait(int set, struct wharf_event *events, int milliseconds) {
    struct epoll_event batch[WHARF_EPOLL_BATCH];
    int count = epoll_wait(set, batch, WHARF_EPOLL_BATCH, milliseconds);
    for (int i = 0; i < count; i++) events[i] = (struct wharf_event) { batch[i].data.u64, batch[i].events };
    return count;
}

static inline int wharf_signalfd(const sigset_t *set) { return signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK); }

// One waiting signal's number, -1 (EAGAIN) when there is none.
static inline int wharf_signalfd_read(int fd) {
    struct signalfd_siginfo information;
    ssize_t count = read(fd, &information, sizeof(information));
    return count == (ssize_t)sizeof(information) ? (int)information.ssi_signo : -1;
}

static inline int wharf_timerfd(void) { return timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK); }

// Fires once after `milliseconds`; 0 disarms.
static inline int wharf_timerfd_set(int fd, int64_t milliseconds) {
    struct itimerspec specification = {
        .it_value = { .tv_sec = milliseconds / 1000, .tv_nsec = (milliseconds % 1000) * 1000000 }
    };
    return timerfd_settime(fd, 0, &specification, NULL);
}

static inline int wharf_inotify(void) { return inotify_init1(IN_CLOEXEC | IN_NONBLOCK); }
