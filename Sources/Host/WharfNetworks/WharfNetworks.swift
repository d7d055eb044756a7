// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Networks of containers: drivers (bridge, host, none, macvlan), address management, sandboxes, published ports and the
// name server of user networks. WharfEngine asks it for a sandbox while a container starts; it asks WharfNetlink for the
// kernel's half and WharfDNS for packets, and keeps its rows in WharfMetadata.
//
// The room is empty: until the Networks work, a container has the host's network or one of its own with nothing but lo,
// and WharfEngine says so in the reply to create.
