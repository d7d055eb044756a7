// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One call of a command: its values, its operands and what it may use.

import WharfClient
import WharfDockerAPI

/// What a verb gets.
struct Invocation: Sendable {
    /// As it was called: `wharf container run`.
    let path: String
    let command: Command
    let values: FlagValues
    /// Everything that is not an option.
    let operands: [String]
    let console: Console
    let client: EngineClient
    /// The user's settings and credentials.
    let config: ClientConfig
    /// The signals that the command asked for.
    let signals: SignalWatch?

    /// The value of a flag.
    subscript<Value>(flag: Flag<Value>) -> Value { values[flag] }

    /// Whether a flag was given.
    func isSet(_ flag: some AnyFlag) -> Bool { values.isSet(flag) }

    /// Does one thing after the other and goes on behind failures, as docker does for several names: prints each
    /// result, then all errors, and fails when there was one.
    func forEachOperand(_ body: (String) async throws -> String?) async -> Int32 {
        var code: Int32 = 0
        for name in operands {
            do {
                if let line = try await body(name) { console.line(line) }
            } catch {
                console.error("\(error)")
                code = 1
            }
        }
        return code
    }

    /// Does it for all operands at once; results come in their order, then the errors.
    func forAllOperands(_ body: @escaping @Sendable (String) async throws -> String?) async -> Int32 {
        let results = await withTaskGroup(of: (Int, Result<String?, any Error>).self) { group in
            for (index, name) in operands.enumerated() {
                group.addTask {
                    do { return (index, .success(try await body(name))) } catch { return (index, .failure(error)) }
                }
            }
            var results: [Int: Result<String?, any Error>] = [:]
            for await (index, result) in group { results[index] = result }
            return results
        }
        var errors: [any Error] = []
        for index in operands.indices {
            switch results[index] {
            case .success(let line?): console.line(line)
            case .failure(let error): errors.append(error)
            default: break
            }
        }
        for error in errors { console.error("\(error)") }
        return errors.isEmpty ? 0 : 1
    }

    /// The error with the name in front and the way to the help behind it, as `run` and `create` tell it.
    func withHelp(_ error: any Error, code: Int32 = 125) -> ExitError {
        ExitError("wharf: \(error)\n\nRun '\(path) --help' for more information", code: code)
    }
}
