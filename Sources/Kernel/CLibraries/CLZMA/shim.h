// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the module map shows of liblzma, for WharfArchive.

#pragma once
#include <lzma.h>
