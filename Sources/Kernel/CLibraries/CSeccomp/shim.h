// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the module map shows of libseccomp, for WharfRuntime: names and numbers of system calls.

#pragma once
#include <seccomp.h>
