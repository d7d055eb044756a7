// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The Dockerfile as a value: lexer, parser, instructions, word expansion, heredocs and .dockerignore. Pure: bytes go in,
// values or an error with its line come out. WharfBuild, WharfImages (history, changes) and WharfCLI stand above it.
//
// The room is empty: it is filled with the Build work.
