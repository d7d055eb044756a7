// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Sessions with the kernel's network configuration: rtnetlink for links, addresses and routes, nfnetlink for published
// ports. The socket is a protocol, so that what is sent can be tested without root. WharfNetworks stands above it.
//
// The room is empty: it is filled with the Networks work.
