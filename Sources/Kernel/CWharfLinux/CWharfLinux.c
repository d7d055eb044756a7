// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A C target needs a source file; everything but the spawn (wharf_spawn.c) is static inline in the headers.
#include "CWharfLinux.h"
