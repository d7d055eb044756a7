// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The two forms in which a log lies in files. What writes (in the shim) and what reads (in wharfd) agree on one of them by
// the container's log driver.

/// How entries stand in a file.
public enum LogFormat: Sendable {
    /// Docker's json-file: a JSON object on a line.
    case jsonFile
    /// Docker's local: a message of protocol buffers between two lengths.
    case local
}
