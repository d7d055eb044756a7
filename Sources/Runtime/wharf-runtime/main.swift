// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// wharf-runtime: containers from an OCI bundle, without a daemon. A thin front on WharfRuntime, the same library that
// the shim's maker uses.

import Glibc
import WharfLinux
import WharfRuntime

/// The exit code for everything that is not the container's own (Docker's 125).
let failureCode: Int32 = 125

func fail(_ message: String) -> Never {
    write("wharf-runtime: \(message)\n", to: 2)
    exit(failureCode)
}

/// Writes to a standard stream.
func write(_ text: String, to stream: Int32) {
    let output = Descriptor(owning: stream)
    // With the stream gone there is nobody to tell.
    try? output.writeAll(Array(text.utf8))
    _ = output.release()
}

do {
    switch try Arguments.parse(Array(CommandLine.arguments.dropFirst())) {
    case .version: write("wharf-runtime \(Arguments.programVersion)\nspec: 1.2.0\n", to: 1)
    case .help: write(Arguments.usage, to: 1)
    case .spec(let bundle): try writeSpec(HostPath(bundle))
    case .run(let id, let bundle): exit(try runContainer(id: id, bundle: HostPath(bundle)))
    }
} catch let error as RuntimeError {
    fail(error.text)
} catch let error as ArgumentError {
    fail(error.text)
} catch {
    fail("\(error)")
}
