// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Which OCI runtime a container was made with: everything that is done to it later goes through the same one.

import WharfShimProtocol

/// The built-in runtime, or a program.
struct RuntimeChoice {
    /// An absolute path; empty for the built-in one.
    let path: String
    /// Before the verb.
    let arguments: [String]
    /// Where it keeps its state (`--root`).
    let root: String

    init(_ request: CreateRequest) {
        (path, arguments, root) = (request.runtime, request.runtimeArguments, request.runtimeRoot)
    }

    var isBuiltIn: Bool { path.isEmpty }
}
