// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The mark by which wharf_seal.c knows, before Swift runs, that this program starts itself again sealed.

/// Never called: that it is linked is what counts.
@_cdecl("wharf_program_seals_itself")
public func programSealsItself() {}
