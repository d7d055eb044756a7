// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the module map shows of libzstd, for WharfArchive.

#pragma once
#include <seccomp.h>
