// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// How a command ends early: with an exit code and perhaps a message.

/// Ends the program.
struct ExitError: Error, CustomStringConvertible {
    let code: Int32
    /// For stderr; nil when everything has been said.
    let message: String?

    /// The message.
    var description: String { message ?? "" }

    /// A failure of code 1 unless said otherwise.
    init(_ message: String?, code: Int32 = 1) {
        self.message = message
        self.code = code
    }
}
