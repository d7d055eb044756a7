// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Files and descriptors: fcntl, ioctl and syscall are variadic, so each use has a function with fixed arguments.
// Numbers above 423 are the same on every architecture; they are written out because Debian 12's headers stop at 6.1.
#pragma once

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/vfs.h>
#include <unistd.h>

static inline int wharf_dup_cloexec(int fd) { return fcntl(fd, F_DUPFD_CLOEXEC, 0); }
static inline int wharf_dup_cloexec_from(int fd, int lowest) { return fcntl(fd, F_DUPFD_CLOEXEC, lowest); }
/// dup3 onto a chosen number; `cloexec` is 0 or 1.
static inline int wharf_dup_onto(int fd, int number, int cloexec) {
    return (int)syscall(SYS_dup3, fd, number, cloexec ? O_CLOEXEC : 0);
}
static inline int wharf_get_status_flags(int fd) { return fcntl(fd, F_GETFL); }
static inline int wharf_set_status_flags(int fd, int flags) { return fcntl(fd, F_SETFL, flags); }
static inline int wharf_get_descriptor_flags(int fd) { return fcntl(fd, F_GETFD); }
static inline int wharf_set_cloexec(int fd, int on) { return fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0); }
static inline int wharf_add_seals(int fd, int seals) { return fcntl(fd, 1024 + 9 /* F_ADD_SEALS */, seals); }

/// struct open_how of linux/openat2.h.
struct wharf_open_how {
    uint64_t flags;
    uint64_t mode;
    uint64_t resolve;
};

static inline int wharf_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
    struct wharf_open_how how = {flags, mode, resolve};
    return (int)syscall(437, directory, path, &how, sizeof how);
}

/// openat by number: the C library's own is variadic.
static inline int wharf_openat(int directory, const char *path, int flags, unsigned mode) {
    return (int)syscall(SYS_openat, directory, path, flags, mode);
}

static inline int wharf_renameat2(int from, const char *old_name, int to, const char *new_name, unsigned flags) {
    return (int)syscall(SYS_renameat2, from, old_name, to, new_name, flags);
}

static inline int wharf_fchmodat2(int directory, const char *path, unsigned mode, int flags) {
    return (int)syscall(452, directory, path, mode, flags);
}

static inline int wharf_mknodat(int directory, const char *path, unsigned mode, uint64_t device) {
    return (int)syscall(SYS_mknodat, directory, path, mode, device);
}

static inline int wharf_fchownat(int directory, const char *path, uint32_t uid, uint32_t gid, int flags) {
    return (int)syscall(SYS_fchownat, directory, path, uid, gid, flags);
}

static inline ssize_t wharf_getdents64(int fd, void *buffer, size_t size) {
    return syscall(SYS_getdents64, fd, buffer, size);
}

static inline int wharf_fsetxattr(int fd, const char *name, const void *value, size_t size, int flags) {
    return (int)syscall(SYS_fsetxattr, fd, name, value, size, flags);
}

static inline ssize_t wharf_fgetxattr(int fd, const char *name, void *value, size_t size) {
    return syscall(SYS_fgetxattr, fd, name, value, size);
}

static inline ssize_t wharf_flistxattr(int fd, char *names, size_t size) { return syscall(SYS_flistxattr, fd, names, size); }
static inline int wharf_syncfs(int fd) { return (int)syscall(SYS_syncfs, fd); }

// SYNC_FILE_RANGE_WRITE alone: dirty pages of the range are handed to the disk, nothing is waited for.
static inline int wharf_start_writeback(int fd, int64_t offset, int64_t count) {
    return (int)syscall(SYS_sync_file_range, fd, offset, count, 2);
}
static inline int wharf_memfd_create(const char *name, unsigned flags) { return (int)syscall(SYS_memfd_create, name, flags); }
static inline int wharf_flock(int fd, int operation) { return (int)syscall(SYS_flock, fd, operation); }
/// Closes or marks close-on-exec (`flags` = 4) every number from `first` to `last`.
static inline int wharf_close_range(unsigned first, unsigned last, unsigned flags) {
    return (int)syscall(436, first, last, flags);
}

/// The file system's magic number of linux/magic.h, -1 on failure.
static inline int64_t wharf_fs_magic(int fd) {
    struct statfs status;
    return fstatfs(fd, &status) < 0 ? -1 : (int64_t)(uint32_t)status.f_type;
}
