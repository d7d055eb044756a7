// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the module map shows of ISA-L (gzip), for WharfArchive.

#pragma once
#include <isa-l.h>
