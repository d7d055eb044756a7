// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// From the process's arguments to its exit code: global flags, the verb, its flags, the work, and how a failure is told.

import Glibc
import WharfLinux
import WharfRuntime

/// The program.
struct Program {
    static let version = "0.1.0"
    static let name = "wharf-runtime"

    /// Runs what the command line asks for.
    func run() -> Int32 {
        growHeap(by: 1 << 20)
        var log = Log()
        do {
            var reader = ArgumentReader(try Program.arguments())
            let values = try reader.flags(Globals.flags)
            if values.isOn("version") {
                print("\(Program.name) version \(Program.version)\nspec: 1.2.0\n", to: standardOutput)
                return 0
            }
            guard !values.isOn("help"), let name = reader.next() else {
                print(help(), to: standardOutput)
                return 0
            }
            log = try Log(values)
            if name.utf8.elementsEqual("help".utf8) || name.utf8.elementsEqual("h".utf8) { return help(about: reader.next(), log) }
            guard let verb = Program.verb(name) else {
                log.fail("No help topic for '\(name)'")
                return 3
            }
            return run(verb, &reader, Result { try Globals(values) }, log)
        } catch {
            log.fail(Program.text(of: error))
            return 1
        }
    }

    private func run(_ verb: Verb, _ reader: inout ArgumentReader, _ globals: Result<Globals, any Error>, _ log: Log) -> Int32 {
        let invocation: Invocation
        do {
            let values = try reader.flags(verb.flags + [.toggle("help", "h", help: "show this help")])
            if values.isOn("help") {
                print(verb.help(), to: standardOutput)
                return 0
            }
            let operands = Array(reader.rest)
            guard verb.count.contains(operands.count) else { throw UsageError(verb.wrongCount(operands.count)) }
            invocation = Invocation(globals: try globals.get(), log: log, operands: operands, values: values)
        } catch let error as UsageError {
            log.fail("\(error.text) (see '\(Program.name) \(verb.name) --help')")
            return 1
        } catch {
            log.fail(Program.text(of: error))
            return 1
        }
        do {
            if verb.isSealed { try ProgramSeal.ensure() }
            return try verb.run(invocation)
        } catch {
            log.fail(verb.failurePrefix + Program.text(of: error))
            return verb.failureCode
        }
    }

    private func help(about name: String?, _ log: Log) -> Int32 {
        guard let name else {
            print(help(), to: standardOutput)
            return 0
        }
        guard let verb = Program.verb(name) else {
            log.fail("No help topic for '\(name)'")
            return 3
        }
        print(verb.help(), to: standardOutput)
        return 0
    }

    /// The arguments behind the program's name. Swift's own list repairs what is no UTF-8, and a repaired path would be
    /// another path.
    private static func arguments() throws(UsageError) -> [String] {
        var arguments: [String] = []
        for index in 1..<max(1, Int(CommandLine.argc)) {
            guard let text = CommandLine.unsafeArgv[index] else { break }
            guard let argument = String(validatingCString: text) else { throw UsageError("argument \(index) is not valid UTF-8") }
            arguments.append(argument)
        }
        return arguments
    }

    private static func text(of error: any Error) -> String {
        switch error {
        case let error as UsageError: error.text
        case let error as CommandError: error.text
        case let error as RuntimeError: error.told
        default: "\(error)"
        }
    }
}

extension RuntimeError {
    /// As callers know it from runc: what kept the program or its process from running is said to have done so.
    fileprivate var told: String {
        switch step {
        case "state", "hook": text
        case "spec": text
        default: "unable to start container process: \(text)"
        }
    }
}
