// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the module map shows of ISA-L (gzip), for WharfArchive.

#pragma once
#include <isa-l.h>

/// The macro is an expression of sums, which the importer leaves out.
enum { WHARF_ISAL_LEVEL1_BUFFER = ISAL_DEF_LVL1_DEFAULT };
