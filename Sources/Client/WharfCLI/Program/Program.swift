// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// From arguments to an exit code. The first half is synchronous and has one thread: it finds the command, reads its
// flags and takes the signals that the command wants; the second half runs it.

import Glibc
import WharfClient
import WharfDockerAPI
import WharfError

/// The command line program.
public enum Program {
    /// The product's version.
    public static let version = "0.1.0"

    private static let host = Flag.list("host", "H", "Daemon socket to connect to")
    private static let debug = Flag.on("debug", "D", "Enable debug mode")
    private static let logLevel = Flag.text(
        "log-level", "l", "Set the logging level (\"debug\", \"info\", \"warn\", \"error\", \"fatal\")", default: "info")
    private static let showVersion = Flag.on("version", "v", "Print version information and quit")
    private static let config = Flag.text("config", nil, "Location of client config files", default: "~/.docker")
    private static let flags: [any AnyFlag] = [config, host, debug, logLevel, showVersion]

    /// What is left to do behind the synchronous half.
    public enum Step: Sendable {
        /// Everything is said: exit.
        case finished(Int32)
        case run(PreparedCall)
    }

    /// Reads the arguments (without the program's name). To be called before the process has a second thread.
    public static func prepare(_ arguments: [String], console: Console = .process) -> Step {
        do {
            return try root(arguments, console)
        } catch let error as FlagError {
            console.error("\(error.message)\n\nUsage:  wharf [OPTIONS] COMMAND [ARG...]\n\nRun 'wharf --help' for more information")
            return .finished(125)
        } catch {
            return .finished(report(error, console))
        }
    }

    private static func root(_ arguments: [String], _ console: Console) throws -> Step {
        let parsed = try FlagParser(flags, interspersed: false).parse(arguments)
        if parsed.values[showVersion] {
            console.line("Wharf version \(version)")
            return .finished(0)
        }
        guard !parsed.wantsHelp, let word = parsed.operands.first else {
            console.out(HelpText.program(flags))
            return .finished(0)
        }
        let all = CommandTable.common + CommandTable.management + CommandTable.plain
        var words = parsed.operands
        if word == "help" {
            words.removeFirst()
            if words.isEmpty { return try root(["--help"], console) }
            words.append("--help")
        }
        return try find(words[...], in: all, path: "wharf", summary: "", parsed.values, console)
    }

    private static func find(
        _ words: ArraySlice<String>, in entries: [CommandEntry], path: String, summary: String, _ global: FlagValues, _ console: Console
    ) throws -> Step {
        guard let word = words.first, word != "--help", word != "-h" else {
            console.out(HelpText.group(entries, path: path, summary: summary))
            return .finished(0)
        }
        guard let entry = CommandTable.find(word, in: entries) else {
            let usage = path == "wharf" ? "" : "\n\nUsage:  \(path)"
            throw ExitError("wharf: unknown command: \(path) \(word)\(usage)\n\nRun '\(path) --help' for more information")
        }
        let path = "\(path) \(word)"
        switch entry.target {
        case .group(let verbs): return try find(words.dropFirst(), in: verbs, path: path, summary: entry.summary, global, console)
        case .verb(let make): return try call(make(), path: path, Array(words.dropFirst()), global, console)
        }
    }

    private static func call(
        _ command: Command, path: String, _ arguments: [String], _ global: FlagValues, _ console: Console
    ) throws -> Step {
        let usage = "Usage:  \(HelpText.usage(command, path: path))"
        let parsed: ParsedArguments
        do {
            parsed = try FlagParser(command.flags, interspersed: command.interspersed).parse(arguments)
        } catch {
            throw ExitError("\(error.message)\n\n\(usage)\n\nRun '\(path) --help' for more information", code: 125)
        }
        for notice in parsed.notices { console.error(notice) }
        if parsed.wantsHelp {
            console.out(HelpText.command(command, path: path))
            return .finished(0)
        }
        if let (text, lead) = command.operands.violation(by: parsed.operands.count) {
            throw ExitError("wharf: '\(path)' \(text)\n\n\(usage)\n\n\(lead) '\(path) --help' for more information")
        }
        let signals = command.signals(parsed.values)
        let settings = ClientConfig(directory: global.isSet(config) ? global[config] : "", environment: console.environment)
        if let problem = settings.problem { console.error("WARNING: \(problem)") }
        let invocation = Invocation(
            path: path, command: command, values: parsed.values, operands: parsed.operands, console: console,
            client: try client(global, console, settings), config: settings,
            signals: signals.isEmpty ? nil : try SignalWatch(signals))
        return .run(PreparedCall(invocation: invocation))
    }

    private static func client(_ global: FlagValues, _ console: Console, _ settings: ClientConfig) throws -> EngineClient {
        let hosts = global[host]
        guard hosts.count <= 1 else { throw ExitError("Specify only one -H") }
        let version = console.environment("DOCKER_API_VERSION").flatMap { APIVersion($0) }
        return EngineClient(
            host: try EngineHost.resolve(flag: hosts.first ?? "", environment: console.environment), version: version,
            userAgent: "Wharf-Client/\(Program.version) (linux)", headers: settings.httpHeaders)
    }

    /// Prints an error; the result is the exit code.
    static func report(_ error: any Error, _ console: Console) -> Int32 {
        if let exit = error as? ExitError {
            if let message = exit.message { console.error(message) }
            return exit.code
        }
        console.error("\(error)")
        return 1
    }
}

/// A command with everything it needs.
public struct PreparedCall: Sendable {
    let invocation: Invocation

    /// Does it; the result is the exit code. Errors are printed.
    func run() async -> Int32 {
        do {
            return try await invocation.command.run(invocation)
        } catch {
            return Program.report(error, invocation.console)
        }
    }

    /// Does it and ends the process with its exit code.
    ///
    /// The calling thread, the first of the process, only waits: the run loop that an `await` at top level would
    /// enter lets every signal through again, and a blocked signal would be lost there or end the process.
    public func runToExit() -> Never {
        Task { exit(await run()) }
        while true { poll(nil, 0, -1) }
    }
}
