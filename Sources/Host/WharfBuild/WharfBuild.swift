// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Builds an image from a Dockerfile: a graph of vertices and ops, the solver with its cache keys, the ops themselves and
// the exporters. Steps run through this target's own executor protocol, which WharfEngine implements with containers, so
// nothing here knows the engine. It stands below WharfEngine and above WharfImages and WharfVolumes.
//
// The room is empty: building comes with the Build work. Until then the engine answers that it can't build.
