// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The command line client. Everything is in WharfCLI; here its two halves are put in order.

import Glibc
import WharfCLI

switch Program.prepare(Array(CommandLine.arguments.dropFirst())) {
case .finished(let code): exit(code)
case .run(let call): call.runToExit()
}
