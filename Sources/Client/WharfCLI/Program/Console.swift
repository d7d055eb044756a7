// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The world around a command: its two outputs and its environment. Tests give a console of their own.

import Glibc
import WharfLinux

/// Where text goes and where settings come from.
public struct Console: Sendable {
    /// The two outputs.
    public enum Output: Int32, Sendable {
        case standard = 1
        case error = 2
    }

    private let writer: @Sendable (Output, [UInt8]) -> Void
    private let variable: @Sendable (String) -> String?

    /// A console with the given ends.
    public init(write: @escaping @Sendable (Output, [UInt8]) -> Void, environment: @escaping @Sendable (String) -> String?) {
        writer = write
        variable = environment
    }

    /// The process's own.
    public static let process = Console(write: { writeAll($1, to: $0.rawValue) }) { name in
        getenv(name).map { String(cString: $0) }
    }

    /// An environment variable; nil when it is not set.
    func environment(_ name: String) -> String? { variable(name) }

    /// Text for stdout, as it is.
    func out(_ text: String) { writer(.standard, Array(text.utf8)) }

    /// A line for stdout.
    func line(_ text: String) { out(text + "\n") }

    /// A line for stderr.
    func error(_ text: String) { writer(.error, Array((text + "\n").utf8)) }

    /// Bytes for one of the outputs.
    func write(_ bytes: [UInt8], to output: Output) { writer(output, bytes) }
}

/// Writes to an output of the process. A reader that is gone ends the program as SIGPIPE would: the HTTP layer
/// ignores that signal for the whole process.
private func writeAll(_ bytes: [UInt8], to number: Int32) {
    let descriptor = Descriptor(owning: number)
    defer { _ = descriptor.release() }
    do {
        try descriptor.writeAll(bytes)
    } catch {
        guard error.errno == EPIPE else { return }
        signal(SIGPIPE, SIG_DFL)
        raise(SIGPIPE)
    }
}
