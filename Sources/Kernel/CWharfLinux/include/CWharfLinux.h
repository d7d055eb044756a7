// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What Swift cannot spell: variadic calls, kernel macros and system calls without a wrapper in glibc 2.36.
// No policy here: one function, one system call. Each concern has a header of its own.
#pragma once

#include "wharf_events.h"
#include "wharf_files.h"
#include "wharf_interfaces.h"
#include "wharf_memory.h"
#include "wharf_mounts.h"
#include "wharf_process.h"
#include "wharf_sockets.h"
#include "wharf_spawn.h"
#include "wharf_tty.h"
#include "wharf_seal.h"
#include "wharf_seccomp.h"
