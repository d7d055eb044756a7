// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The program's own streams and directory.

import Glibc
import WharfLinux

/// The streams' numbers belong to the process: these live as long as it and are never closed.
let standardInput = Descriptor(owning: 0)
let standardOutput = Descriptor(owning: 1)
let standardError = Descriptor(owning: 2)

/// Writes text to a stream.
func print(_ text: String, to stream: Descriptor) {
    // With the stream gone there is nobody to tell.
    try? stream.writeAll(Array(text.utf8))
}

/// A path of the command line, made absolute by the current directory.
func absolutePath(_ path: String) throws -> HostPath {
    if path.utf8.first == UInt8(ascii: "/") { return HostPath(path) }
    var buffer = [CChar](repeating: 0, count: 4096)
    guard getcwd(&buffer, buffer.count) != nil else { throw CommandError("getcwd: \(errnoText(errno))") }
    let here = HostPath(buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) })
    return path.utf8.elementsEqual(".".utf8) || path.isEmpty ? here : here / path
}

/// Whether a number is open in this process.
func isOpenDescriptor(_ number: Int32) -> Bool {
    let descriptor = Descriptor(owning: number)
    defer { _ = descriptor.release() }
    return (try? descriptor.status()) != nil
}
