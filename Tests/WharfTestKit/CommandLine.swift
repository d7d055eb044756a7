// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Runs a program to its end and keeps what it said: the way tests use the clients when no terminal is needed
// (`ChildProcess` is the one with a terminal).

import Subprocess
import SystemPackage

/// What a program said and how it ended.
public struct CommandResult: Sendable, CustomStringConvertible {
    /// The command, for messages.
    public let command: String
    /// The exit code; 128 + the signal's number where one ended it, as a shell counts.
    public let exitCode: Int32
    public let stdout: [UInt8]
    public let stderr: [UInt8]

    /// For a command that was run some other way.
    public init(command: String, exitCode: Int32, stdout: [UInt8], stderr: [UInt8]) {
        self.command = command
        self.exitCode = exitCode
        self.stdout = stdout
        self.stderr = stderr
    }

    /// Standard output as text, without the line ends behind it.
    public var out: String { Self.trimmed(stdout) }
    /// Standard error as text, without the line ends behind it.
    public var err: String { Self.trimmed(stderr) }
    /// Standard output by lines.
    public var lines: [String] { out.isEmpty ? [] : out.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }

    public var description: String { "`\(command)` exited \(exitCode)\nstdout: \(out)\nstderr: \(err)" }

    /// Self, or an error that shows everything when the exit code is another one.
    @discardableResult
    public func expecting(_ code: Int32 = 0) throws -> CommandResult {
        guard exitCode == code else { throw TestFailure("expected exit code \(code): \(self)") }
        return self
    }

    private static func trimmed(_ bytes: [UInt8]) -> String {
        var end = bytes.endIndex
        while end > 0 && (bytes[end - 1] == UInt8(ascii: "\n") || bytes[end - 1] == UInt8(ascii: "\r")) { end -= 1 }
        return String(decoding: bytes[..<end], as: UTF8.self)
    }
}

/// Runs programs.
public enum CommandLine {
    /// Output beyond this many bytes fails the run.
    public static let outputLimit = 64 << 20

    /// Runs `program` (a path, or a name on PATH) to its end. No `stdin` means /dev/null.
    public static func run(
        _ program: String, _ arguments: [String], stdin: [UInt8]? = nil, environment: [String: String] = [:],
        deadline: Duration = .seconds(60)
    ) async throws -> CommandResult {
        let command = ([program] + arguments).joined(separator: " ")
        let executable: Executable = program.hasPrefix("/") ? .path(FilePath(program)) : .name(program)
        let variables = Environment.inherit.updating(
            Dictionary(uniqueKeysWithValues: environment.map { (Environment.Key(rawValue: $0.key) ?? "_", $0.value) }))
        return try await withDeadline(deadline, command) {
            if let stdin {
                let result = try await Subprocess.run(
                    executable, arguments: Arguments(arguments), environment: variables, input: .array(stdin),
                    output: .bytes(limit: outputLimit), error: .bytes(limit: outputLimit))
                return CommandResult(
                    command: command, exitCode: code(result.terminationStatus), stdout: result.standardOutput, stderr: result.standardError)
            }
            let result = try await Subprocess.run(
                executable, arguments: Arguments(arguments), environment: variables, output: .bytes(limit: outputLimit),
                error: .bytes(limit: outputLimit))
            return CommandResult(
                command: command, exitCode: code(result.terminationStatus), stdout: result.standardOutput, stderr: result.standardError)
        }
    }

    private static func code(_ status: TerminationStatus) -> Int32 {
        switch status {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        }
    }
}
