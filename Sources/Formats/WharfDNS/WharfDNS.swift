// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// DNS packets and the chain of resolvers that answers a container's questions. Pure: bytes go in, bytes come out, so that
// it can be fuzzed. WharfNetworks owns the sockets and stands above it.
//
// The room is empty: it is filled with the Networks work.
