// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One hook from its clone to its end. It must not learn more than the spec gives it: descriptors 0 to 2 and its own
// environment. What it prints goes to memory and becomes part of the error when it fails.

import Glibc
import WharfJSON
import WharfLinux
import WharfOCI

/// A hook that is to run.
struct HookProcess {
    private let hook: RuntimeSpec.Hook
    private let state: ContainerState
    private let moment: RuntimeSpec.HookMoment
    /// How much of its words an error repeats.
    private static let longestOutput = 2048

    init(_ hook: RuntimeSpec.Hook, state: ContainerState, at moment: RuntimeSpec.HookMoment) {
        self.hook = hook
        self.state = state
        self.moment = moment
    }

    /// Runs it to its end. Throws when it fails, takes longer than it may, or when `owner` ends meanwhile.
    func run(while owner: Descriptor?) throws(RuntimeError) {
        let (input, output) = try failing { () throws(SyscallError) in
            let input = try Descriptor.inMemory("hook-state")
            try input.writeAll(JSON.encode(state))
            try input.seek(to: 0)
            return (input, try Descriptor.inMemory("hook-output"))
        }
        let (_, process) = try failing { () throws(SyscallError) in
            try cloneProcess(CloneOptions()) { becomeHook(input: input, output: output) }
        }
        do {
            try wait(for: process, owner)
        } catch {
            // It leads a process group of its own; what it started ends with it. ESRCH: it has ended by itself.
            try? process.send(SIGKILL)
            // It is reaped whatever it answers.
            _ = try? process.wait()
            throw error
        }
        let end = try failing { () throws(SyscallError) in try process.wait() }
        let words: String
        switch end {
        case .exited(0): return
        case .exited(let code): words = "exit status \(code)"
        case .signaled(let signal): words = "killed by signal \(signal)"
        }
        let said = Self.text(of: output)
        throw RuntimeError(step: "hook", errno: ECHILD, text: said.isEmpty ? "\(hook.path): \(words)" : "\(hook.path): \(words): \(said)")
    }

    /// Returns when the process has ended.
    private func wait(for process: PidFD, _ owner: Descriptor?) throws(RuntimeError) {
        let watched = [process.descriptor] + (owner.map { [$0] } ?? [])
        let timeout = hook.timeout.map { Duration.seconds(min($0, 1 << 31)) }
        let ready = try failing { () throws(SyscallError) in try Descriptor.waitReadable(anyOf: watched, timeout: timeout) }
        switch ready {
        case 0: return
        case nil:
            throw RuntimeError(
                step: "hook", errno: ETIMEDOUT, text: "\(hook.path): hook ran past specified timeout of \(hook.timeout ?? 0)s")
        default: throw RuntimeError(step: "hook", errno: EPIPE, text: "\(hook.path): the runtime has ended")
        }
    }

    private func becomeHook(input: Descriptor, output: Descriptor) -> Never {
        do throws(SyscallError) {
            // Without the runtime nobody waits for it and nobody undoes what it does.
            try Credentials.setParentDeathSignal(SIGKILL)
            try syscall("setsid") { setsid() }
            for (number, stream) in [(Int32(0), input), (1, output), (2, output)] {
                // Above 2 first: the file could be in the place of another stream.
                try ProcessState.assign(try stream.duplicateAbove(3), to: number)
            }
            ProcessState.closeAll(except: [0, 1, 2])
            ProcessState.resetSignals()
            // Hooks of the runtime start in the bundle, as with other runtimes; a bundle that can't be entered from the
            // container's namespaces is no reason to fail.
            if moment != .startContainer { _ = try? withPath(state.bundle, call: "chdir") { path in chdir(path) } }
            let arguments = hook.args.isEmpty ? [hook.path] : hook.args
            try ProcessState.execute(
                Array(hook.path.utf8), arguments: arguments.map { Array($0.utf8) }, environment: hook.env.map { Array($0.utf8) })
        } catch {
            let words = Array("\(error)".utf8)
            // Into the output, which becomes the error's text; nobody is left to hear of a failure to do so.
            _ = words.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
        }
        _exit(127)
    }

    /// The beginning of what it printed, without line ends around it.
    private static func text(of output: Descriptor) -> String {
        var bytes = [UInt8](repeating: 0, count: longestOutput)
        let count = bytes.withUnsafeMutableBytes { buffer in
            // A failed read only makes the error shorter.
            (try? output.read(into: buffer, at: 0)) ?? 0
        }
        var words = bytes[..<count]
        while let last = words.last, last <= UInt8(ascii: " ") { words.removeLast() }
        return String(decoding: words, as: UTF8.self)
    }

    private func failing<Result>(_ body: () throws(SyscallError) -> Result) throws(RuntimeError) -> Result {
        try step("hook", hook.path, body)
    }
}
