// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Mounts by descriptor: the calls of Linux 5.2 to 5.12. mount(2) is deliberately not here but for overlays, which before
// Linux 6.7 take many layers in no other way.
// The struct is our own because glibc's and the kernel's headers of the same name can't be included together.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline int wharf_open_tree(int directory, const char *path, unsigned flags) {
    return (int)syscall(428, directory, path, flags);
}

static inline int wharf_move_mount(int from, const char *from_path, int to, const char *to_path, unsigned flags) {
    return (int)syscall(429, from, from_path, to, to_path, flags);
}

static inline int wharf_fsopen(const char *type, unsigned flags) { return (int)syscall(430, type, flags); }

static inline int wharf_fsconfig(int context, unsigned command, const char *key, const void *value, int aux) {
    return (int)syscall(431, context, command, key, value, aux);
}

static inline int wharf_fsmount(int context, unsigned flags, unsigned attributes) {
    return (int)syscall(432, context, flags, attributes);
}

static inline int wharf_fspick(int directory, const char *path, unsigned flags) {
    return (int)syscall(433, directory, path, flags);
}

/// struct mount_attr of linux/mount.h.
struct wharf_mount_attr {
    uint64_t attr_set;
    uint64_t attr_clr;
    uint64_t propagation;
    uint64_t userns_fd;
};

static inline int wharf_mount_setattr(int directory, const char *path, unsigned flags, uint64_t set, uint64_t clear,
                                      uint64_t propagation, int user_namespace) {
    struct wharf_mount_attr attr = {set, clear, propagation, (uint64_t)user_namespace};
    return (int)syscall(442, directory, path, flags, &attr, sizeof attr);
}

static inline int wharf_pivot_root(const char *root, const char *put_old) { return (int)syscall(SYS_pivot_root, root, put_old); }
static inline int wharf_umount2(const char *path, int flags) { return (int)syscall(SYS_umount2, path, flags); }

/// mount(2) of an overlay at `target`, a name in the current directory. `data` is read as a whole page.
static inline int wharf_mount_overlay(const char *target, const char *data) {
    char page[4096] = {0};
    for (size_t i = 0; i < sizeof page - 1 && data[i] != 0; i++) page[i] = data[i];
    return (int)syscall(SYS_mount, "overlay", target, "overlay", 0UL, page);
}
