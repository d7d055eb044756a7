// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The client of every registry: resolve a reference, fetch and push blobs and manifests, authorise, use mirrors, resume.
// WharfImages stands above it, WharfHTTP below.
//
// The room is empty: pull and push come with the Registry work; until then images arrive by load and import.
