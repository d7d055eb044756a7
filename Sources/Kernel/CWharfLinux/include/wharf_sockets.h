// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Unix sockets: the address structure's path and the control-message macros, which Swift can't spell.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

#define WHARF_MAX_DESCRIPTORS 64

static inline int wharf_unix_address(struct sockaddr_un *address, const char *path, socklen_t *length) {
    size_t count = strlen(path);
    if (count == 0 || count >= sizeof(address->sun_path)) { errno = ENAMETOOLONG; return -1; }
    memset(address, 0, sizeof(*address));
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, path, count + 1);
    *length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + count + 1);
    return 0;
}

/* A non-blocking IPv4 socket: of a stream, or of datagrams. */
static inline int wharf_inet_socket(int stream) {
    return socket(AF_INET, (stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static inline int wharf_unix_socket(int nonblocking) {
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0), 0);
}

static inline int wharf_unix_pair(int nonblocking, int *ends) {
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0), 0, ends);
}

static inline int wharf_pipe(int *ends) { return (int)syscall(SYS_pipe2, ends, O_CLOEXEC); }

static inline int wharf_shutdown_writing(int fd) { return shutdown(fd, SHUT_WR); }

static inline int wharf_unix_bind(int fd, const char *path) {
    struct sockaddr_un address;
    socklen_t length;
    if (wharf_unix_address(&address, path, &length) < 0) return -1;
    return bind(fd, (struct sockaddr *)&address, length);
}

static inline int wharf_unix_connect(int fd, const char *path) {
    struct sockaddr_un address;
    socklen_t length;
    if (wharf_unix_address(&address, path, &length) < 0) return -1;
    return connect(fd, (struct sockaddr *)&address, length);
}

static inline int wharf_accept(int listener, int nonblocking) {
    return (int)syscall(SYS_accept4, listener, NULL, NULL, SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0));
}

static inline int wharf_peer_credentials(int fd, int *pid, unsigned *uid, unsigned *gid) {
    struct { int pid; unsigned uid; unsigned gid; } credentials;
    socklen_t length = sizeof(credentials);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) < 0) return -1;
    *pid = credentials.pid;
    *uid = credentials.uid;
    *gid = credentials.gid;
    return 0;
}

static inline int wharf_peer_pidfd(int fd) {
    int result = -1;
    socklen_t length = sizeof(result);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &result, &length) < 0) return -1;
    return result;
}

// Sends bytes, and up to WHARF_MAX_DESCRIPTORS descriptors together with the first of them. Never raises SIGPIPE.
static inline ssize_t wharf_send(int fd, const void *bytes, size_t count, const int *fds, int fdcount, int nonblocking) {
    char control[CMSG_SPACE(sizeof(int) * WHARF_MAX_DESCRIPTORS)] __attribute__((aligned(8)));
    struct iovec vector = { (void *)bytes, count };
    struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
    if (fdcount < 0 || fdcount > WHARF_MAX_DESCRIPTORS) { errno = EINVAL; return -1; }
    if (fdcount > 0) {
        size_t size = sizeof(int) * (size_t)fdcount;
        memset(control, 0, CMSG_SPACE(size));
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(size);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(size);
        memcpy(CMSG_DATA(header), fds, size);
    }
    return sendmsg(fd, &message, MSG_NOSIGNAL | (nonblocking ? MSG_DONTWAIT : 0));
}

// Receives bytes and descriptors (close-on-exec). `fds` has room for WHARF_MAX_DESCRIPTORS; more than that were
// closed by the kernel, which is told as EMSGSIZE after closing the rest.
static inline ssize_t wharf_receive(int fd, void *bytes, size_t count, int *fds, int *fdcount, int nonblocking) {
    char control[CMSG_SPACE(sizeof(int) * WHARF_MAX_DESCRIPTORS)] __attribute__((aligned(8)));
    struct iovec vector = { bytes, count };
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)
    };
    *fdcount = 0;
    ssize_t result = recvmsg(fd, &message, MSG_CMSG_CLOEXEC | (nonblocking ? MSG_DONTWAIT : 0));
    if (result < 0) return -1;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        size_t size = header->cmsg_len - CMSG_LEN(0);
        size_t received = size / sizeof(int);
        for (size_t i = 0; i < received; i++) {
            int number;
            memcpy(&number, CMSG_DATA(header) + i * sizeof(int), sizeof(int));
            if (*fdcount < WHARF_MAX_DESCRIPTORS) fds[(*fdcount)++] = number; else close(number);
        }
    }
    if (message.msg_flags & MSG_CTRUNC) {
        for (int i = 0; i < *fdcount; i++) close(fds[i]);
        *fdcount = 0;
        errno = EMSGSIZE;
        return -1;
    }
    return result;
}
