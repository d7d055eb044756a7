// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the module map shows of libbz2, for WharfArchive.

#pragma once
#include <bzlib.h>
