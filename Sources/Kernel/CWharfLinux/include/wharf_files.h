// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Files and descriptors: fcntl and ioctl are variadic, so each use has a function with fixed arguments.
#pragma once

#include <fcntl.h>

static inline int wharf_dup_cloexec(int fd) { return fcntl(fd, F_DUPFD_CLOEXEC, 0); }
