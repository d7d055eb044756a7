// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a command asks its user: a question before something is lost, a name, a password.

import WharfLinux

/// Asks on stdout and reads from stdin.
enum Confirmation {
    /// `question [y/N] `; only `y` (or `Y`) means yes, and no answer means no.
    static func ask(_ question: String, _ console: Console) async throws -> Bool {
        console.out("\(question) [y/N] ")
        return try await line().lowercased() == "y"
    }

    /// One line of stdin without its end and without white space around; empty at the end of the input.
    ///
    /// Byte for byte, because what follows belongs to the next reader.
    static func line() async throws -> String {
        try await WorkerThread.run {
            let input = Descriptor(owning: 0)
            defer { _ = input.release() }
            var line: [UInt8] = []
            var byte: [UInt8] = [0]
            while line.count < 64 << 10 {
                let count = try byte.withUnsafeMutableBytes { try input.read(into: $0) }
                if count == 0 || byte[0] == UInt8(ascii: "\n") { break }
                line.append(byte[0])
            }
            let text = Substring(decoding: line, as: UTF8.self).drop(while: \.isWhitespace)
            return String(text[..<(text.lastIndex { !$0.isWhitespace }.map { text.index(after: $0) } ?? text.startIndex)])
        }
    }

    /// A line that the terminal does not show. Throws when stdin is no terminal.
    static func secret(_ prompt: String, _ console: Console) async throws -> String {
        let mode = try TerminalMode(of: 0)
        console.out(prompt)
        try mode.hideInput()
        defer {
            try? mode.restore()  // The terminal may be gone; nothing is left to put back.
            console.out("\n")
        }
        return try await line()
    }

    /// All of stdin without the end of its last line, as `--password-stdin` takes it.
    static func whole() async throws -> String {
        try await WorkerThread.run {
            let input = Descriptor(owning: 0)
            defer { _ = input.release() }
            var bytes = try input.readAll(limit: 1 << 20)
            if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
            if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}
